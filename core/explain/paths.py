"""The way from the root to each leaf, with the conditions on one feature merged into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused
from core.explain.ensemble import TreeEnsemble

_MAX_CELLS = 50_000_000
"""Leaves x depth. Slots of 20 bytes make 1 GB of that, more than a server should spend on reasons."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Routes:
    """The nodes between the root and each leaf. Trees that are a single leaf have no route and are left out."""

    leaf: npt.NDArray[np.int64]
    """(n_leaves,): node number of the leaf."""
    nodes: npt.NDArray[np.int64]
    """(depth, n_leaves): inner node at each depth, -1 from the leaf on."""
    goes_left: npt.NDArray[np.bool_]
    """(depth, n_leaves): whether the route goes left there; False from the leaf on."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeafPaths:
    """What each leaf asks of a row: slot i of a leaf is about the i-th distinct feature on its route.

    A value is inside slot i if lower <= value < upper, or if it is missing and ``missing_inside`` holds.
    Filler slots ask nothing: every value is inside, and the share is 1.
    """

    feature: npt.NDArray[np.int32]
    """(width, n_leaves): 0 in filler."""
    lower: npt.NDArray[np.float32]
    """(width, n_leaves): -inf where open."""
    upper: npt.NDArray[np.float32]
    """(width, n_leaves): +inf where open."""
    missing_inside: npt.NDArray[np.bool_]
    """(width, n_leaves)."""
    share: npt.NDArray[np.float64]
    """(width, n_leaves): product of the cover ratios child / parent at the slot's conditions."""
    slot: npt.NDArray[np.int64]
    """(depth, n_leaves): slot of each node on the route; 0 from the leaf on."""


def trace_routes(ensemble: TreeEnsemble) -> Routes:
    """Walk all trees down together, one depth per step.

    Raises:
        ArtifactRefused: If the routes of all leaves together are too long to keep.
    """
    node = ensemble.roots[ensemble.left[ensemble.roots] >= 0]
    nodes = np.empty((0, len(node)), np.int64)
    goes_left = np.empty((0, len(node)), np.bool_)
    finished = [Routes(leaf=node[:0], nodes=nodes[:, :0], goes_left=goes_left[:, :0])]
    while len(node):
        if nodes.size > _MAX_CELLS:
            raise ArtifactRefused("xgboost.json", "the trees are too deep and too many to explain")
        nodes = np.tile(np.vstack([nodes, node]), 2)
        goes_left = np.vstack([np.tile(goes_left, 2), np.repeat([True, False], len(node))])
        node = np.concatenate([ensemble.left[node], ensemble.right[node]])
        ends = ensemble.left[node] < 0
        finished.append(Routes(leaf=node[ends], nodes=nodes[:, ends], goes_left=goes_left[:, ends]))
        node, nodes, goes_left = node[~ends], nodes[:, ~ends], goes_left[:, ~ends]
    depth = len(finished) - 1
    return Routes(
        leaf=np.concatenate([part.leaf for part in finished]),
        nodes=np.hstack([_lengthen(part.nodes, depth, -1) for part in finished]),
        goes_left=np.hstack([_lengthen(part.goes_left, depth, 0) for part in finished]),
    )


def merge_conditions(ensemble: TreeEnsemble, routes: Routes) -> LeafPaths:
    """Merge the conditions of each route by feature: intervals are cut, cover ratios multiplied."""
    shape = routes.nodes.shape
    feature, slots = np.full(shape, -1, np.int32), np.zeros(shape, np.int64)
    lower, upper = np.full(shape, -np.inf, np.float32), np.full(shape, np.inf, np.float32)
    missing_inside, share = np.ones(shape, np.bool_), np.ones(shape)
    below = np.vstack([routes.nodes[1:], np.full((1, shape[1]), -1, np.int64)])
    for depth in range(shape[0]):
        leaves = np.flatnonzero(routes.nodes[depth] >= 0)
        node, goes_left = routes.nodes[depth, leaves], routes.goes_left[depth, leaves]
        slot = _find_slot(feature[:, leaves], ensemble.feature[node])
        at = (slot, leaves)
        slots[depth, leaves], feature[at] = slot, ensemble.feature[node]
        threshold = ensemble.threshold[node]
        upper[at] = np.where(goes_left, np.minimum(upper[at], threshold), upper[at])
        lower[at] = np.where(goes_left, lower[at], np.maximum(lower[at], threshold))
        missing_inside[at] &= ensemble.default_left[node] == goes_left
        child = np.where(below[depth, leaves] >= 0, below[depth, leaves], routes.leaf[leaves])
        share[at] *= _cover_ratio(ensemble.cover[node], ensemble.cover[child])
    used = (feature >= 0).any(axis=1)
    return LeafPaths(
        feature=np.maximum(feature[used], 0),
        lower=lower[used],
        upper=upper[used],
        missing_inside=missing_inside[used],
        share=share[used],
        slot=slots,
    )


def _lengthen(rows: npt.NDArray[np.generic], depth: int, filler: int) -> npt.NDArray[np.generic]:
    return np.vstack([rows, np.full((depth - len(rows), rows.shape[1]), filler, rows.dtype)])


def _find_slot(taken: npt.NDArray[np.int32], wanted: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return, per leaf, the slot that holds the wanted feature, or else the first free one."""
    match = taken == wanted
    slot: npt.NDArray[np.int64] = np.where(match.any(axis=0), match.argmax(axis=0), (taken >= 0).sum(axis=0))
    return slot


def _cover_ratio(parent: npt.NDArray[np.float64], child: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return child / parent, at most 1; a node no training row reached splits its nothing in halves."""
    ratio: npt.NDArray[np.float64] = np.full(len(parent), 0.5)
    np.divide(child, parent, out=ratio, where=parent > 0.0)
    return np.minimum(ratio, 1.0, out=ratio)
