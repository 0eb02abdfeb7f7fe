"""Cutting trees into units of at most eight conditions, small enough to tabulate every outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.explain.paths import Routes

MAX_CONDITIONS = 8
"""Inner nodes in one unit: their answers fill one byte."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """A unit is all leaves below one node; its conditions are all inner nodes on the routes to them."""

    conditions: npt.NDArray[np.int64]
    """(n_units, MAX_CONDITIONS): node number of each condition, -1 beyond the last."""
    unit: npt.NDArray[np.int64]
    """(n_leaves,): the unit of each leaf; units are numbered from 0 without gaps."""
    ordinal: npt.NDArray[np.int64]
    """(depth, n_leaves): which condition of its unit each node of a route is; 0 from the leaf on."""

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(n_units,): number of conditions, 1 to MAX_CONDITIONS."""
        sizes: npt.NDArray[np.int64] = (self.conditions >= 0).sum(axis=1, dtype=np.int64)
        return sizes


def cut_units(routes: Routes) -> Units | None:
    """Cut every tree into the largest subtrees whose inner nodes and ancestors number at most MAX_CONDITIONS.

    Returns:
        The units, or None if some leaf is deeper than MAX_CONDITIONS, so that no such cut exists.
    """
    if len(routes.nodes) > MAX_CONDITIONS:
        return None
    unit = np.unique(_top_nodes(routes), return_inverse=True)[1].reshape(-1)
    on_route = routes.nodes >= 0
    n_nodes = int(routes.nodes.max(initial=0)) + 1
    key = (unit * n_nodes + routes.nodes)[on_route]
    keys, place = np.unique(key, return_inverse=True)
    owner = keys // n_nodes
    n_units = int(unit.max(initial=-1)) + 1
    rank = np.arange(len(keys)) - np.searchsorted(owner, np.arange(n_units))[owner]
    conditions = np.full((n_units, MAX_CONDITIONS), -1, np.int64)
    conditions[owner, rank] = keys % n_nodes
    ordinal = np.zeros(routes.nodes.shape, np.int64)
    ordinal[on_route] = rank[place]
    return Units(conditions=conditions, unit=unit, ordinal=ordinal)


def _top_nodes(routes: Routes) -> npt.NDArray[np.int64]:
    """Return, per leaf, the highest node on its route whose ancestors and inner nodes fit into one unit.

    A subtree with n leaves has n - 1 inner nodes, so a node at depth d needs d + n - 1 conditions, which never
    rises on the way down.
    """
    on_route = routes.nodes >= 0
    n_below = np.bincount(routes.nodes[on_route])
    depth = np.arange(len(routes.nodes))[:, np.newaxis]
    too_big = on_route & (depth + n_below[routes.nodes] - 1 > MAX_CONDITIONS)
    down_to_leaf = np.vstack([routes.nodes, np.full((1, len(routes.leaf)), -1, np.int64)])
    top = down_to_leaf[too_big.sum(axis=0), np.arange(len(routes.leaf))]
    return np.where(top >= 0, top, routes.leaf)
