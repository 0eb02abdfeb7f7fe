"""A boosted tree ensemble as flat arrays, read from the JSON that XGBoost writes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused

_FILE = "xgboost.json"
_MAX_NODES = 50_000_000
"""Nodes in one ensemble; far above any model that can answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeEnsemble:
    """A sum of binary trees with numeric splits. Node numbers count over all trees.

    A row goes left where ``row[feature] < threshold``, or where the value is missing and ``default_left`` holds.

    Raises:
        ArtifactRefused: On construction, if the arrays do not describe such trees.
    """

    tree_offsets: npt.NDArray[np.int64]
    """(n_trees + 1,): tree i owns nodes offsets[i] to offsets[i + 1] - 1; the first of them is its root."""
    left: npt.NDArray[np.int64]
    """(n_nodes,): number of the left child, -1 at a leaf."""
    right: npt.NDArray[np.int64]
    """(n_nodes,): number of the right child, -1 at a leaf."""
    feature: npt.NDArray[np.int32]
    """(n_nodes,): index of the feature the node asks about; 0 at a leaf."""
    threshold: npt.NDArray[np.float32]
    """(n_nodes,): never NaN at an inner node."""
    default_left: npt.NDArray[np.bool_]
    """(n_nodes,): where a missing value goes."""
    cover: npt.NDArray[np.float64]
    """(n_nodes,): sum of the hessians of the training rows that reached the node, >= 0."""
    value: npt.NDArray[np.float64]
    """(n_nodes,): margin (log odds) a leaf adds; 0 at an inner node."""
    base_margin: float
    """Margin before any tree."""
    n_features: int

    def __post_init__(self) -> None:
        _check_tables(self)
        _check_structure(self)
        _check_numbers(self)

    @property
    def roots(self) -> npt.NDArray[np.int64]:
        """(n_trees,): the number of each tree's root."""
        return self.tree_offsets[:-1]

    @classmethod
    def from_xgboost_json(cls, model: Mapping[str, Any]) -> TreeEnsemble:
        """Read the parsed JSON of ``booster.save_model("x.json")`` or ``booster.save_raw("json")``.

        The layout is XGBoost's model schema, unchanged from 3.2 to 3.4
        (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html).

        Raises:
            ArtifactRefused: If it is not a ``binary:logistic`` ensemble of ``gbtree`` trees with one output and
                numeric splits, or is damaged.
        """
        try:
            return _read_model(model)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ArtifactRefused(_FILE, f"is not a model as XGBoost writes it ({type(error).__name__})") from error


def _read_model(model: Mapping[str, Any]) -> TreeEnsemble:
    learner = model["learner"]
    _check_kind(learner)
    parameters = learner["learner_model_param"]
    trees: Sequence[Mapping[str, Any]] = learner["gradient_booster"]["model"]["trees"]
    for number, tree in enumerate(trees):
        _check_tree(number, tree)
    sizes = [len(tree["left_children"]) for tree in trees]
    offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
    shift = np.repeat(offsets[:-1], sizes)
    left = _column(trees, "left_children", np.int64)
    right = _column(trees, "right_children", np.int64)
    inner = left >= 0
    conditions = _column(trees, "split_conditions", np.float32)
    return TreeEnsemble(
        tree_offsets=offsets,
        left=np.where(inner, left + shift, -1),
        right=np.where(right >= 0, right + shift, -1),
        feature=np.where(inner, _column(trees, "split_indices", np.int32), np.int32(0)),
        threshold=np.where(inner, conditions, np.float32(0.0)),
        default_left=_column(trees, "default_left", np.bool_),
        cover=_column(trees, "sum_hessian", np.float64),
        value=np.where(inner, 0.0, conditions.astype(np.float64)),
        base_margin=_base_margin(parameters["base_score"]),
        n_features=int(parameters["num_feature"]),
    )


def _check_kind(learner: Mapping[str, Any]) -> None:
    parameters = learner["learner_model_param"]
    found = {
        "objective": (learner["objective"]["name"], {"binary:logistic"}),
        "booster": (learner["gradient_booster"]["name"], {"gbtree"}),
        "number of classes": (str(parameters.get("num_class", "0")), {"0", "1"}),
        "number of targets": (str(parameters.get("num_target", "1")), {"1"}),
    }
    for name, (value, allowed) in found.items():
        if value not in allowed:
            raise ArtifactRefused(_FILE, f"the {name} must be {min(allowed)}")


def _check_tree(number: int, tree: Mapping[str, Any]) -> None:
    if any(tree.get("split_type", ())) or tree.get("categories"):
        raise ArtifactRefused(_FILE, f"tree {number} splits on categories; only numeric splits are explained")
    if str(tree["tree_param"].get("size_leaf_vector", "1")) not in {"0", "1"}:
        raise ArtifactRefused(_FILE, f"tree {number} has leaves with several values")


def _column(trees: Sequence[Mapping[str, Any]], name: str, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return one attribute of all nodes of all trees."""
    return np.concatenate([np.empty(0, dtype), *(np.asarray(tree[name], dtype=dtype) for tree in trees)])


def _base_margin(base_score: object) -> float:
    """Return the log odds of the base score, which XGBoost 3.1 and later write as a list: ``"[5E-1]"``."""
    probability = float(str(base_score).strip("[]"))
    if not 0.0 < probability < 1.0:
        raise ArtifactRefused(_FILE, "base_score must be a probability between 0 and 1")
    return math.log(probability / (1.0 - probability))


def _check_tables(ensemble: TreeEnsemble) -> None:
    offsets, n_nodes = ensemble.tree_offsets, len(ensemble.left)
    columns = (ensemble.right, ensemble.feature, ensemble.threshold, ensemble.default_left)
    if any(column.shape != (n_nodes,) for column in (*columns, ensemble.cover, ensemble.value)):
        raise ArtifactRefused(_FILE, "every node must have every attribute")
    if offsets.ndim != 1 or not len(offsets) or offsets[0] != 0 or offsets[-1] != n_nodes:
        raise ArtifactRefused(_FILE, "the trees must cover all nodes")
    if (np.diff(offsets) < 1).any() or n_nodes > _MAX_NODES:
        raise ArtifactRefused(_FILE, f"every tree must have a node, and all together at most {_MAX_NODES:,}")


def _check_structure(ensemble: TreeEnsemble) -> None:
    """Refuse loops and shared children: each node has at most one parent, in its own tree, and a root has none."""
    left, right, n_nodes = ensemble.left, ensemble.right, len(ensemble.left)
    if ((left < 0) != (right < 0)).any():
        raise ArtifactRefused(_FILE, "every inner node must have two children")
    parents = np.flatnonzero(left >= 0)
    children = np.concatenate([left[parents], right[parents]])
    if (children >= n_nodes).any():
        raise ArtifactRefused(_FILE, "every child must exist")
    tree = np.repeat(np.arange(len(ensemble.roots)), np.diff(ensemble.tree_offsets))
    references = np.bincount(children, minlength=n_nodes)
    references[ensemble.roots] += 1
    if (references > 1).any() or (tree[children] != np.tile(tree[parents], 2)).any():
        raise ArtifactRefused(_FILE, "every node must have one parent, in its own tree")


def _check_numbers(ensemble: TreeEnsemble) -> None:
    inner = ensemble.left >= 0
    feature = ensemble.feature[inner]
    if ensemble.n_features < 0 or (feature < 0).any() or (feature >= ensemble.n_features).any():
        raise ArtifactRefused(_FILE, "every split must ask about a feature of the model")
    if np.isnan(ensemble.threshold[inner]).any():
        raise ArtifactRefused(_FILE, "every split must have a threshold")
    if not (np.isfinite(ensemble.value).all() and math.isfinite(ensemble.base_margin)):
        raise ArtifactRefused(_FILE, "every leaf must have a finite value")
    if not np.isfinite(ensemble.cover).all() or (ensemble.cover < 0.0).any():
        raise ArtifactRefused(_FILE, "every cover must be finite and not negative")
