"""Fits the gradient-boosted trees."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost

from core.errors import InvalidInput, Violation
from core.registry.hyperparameters import HYPERPARAMETERS

Rows = npt.NDArray[np.float32]
Margins = npt.NDArray[np.float64]
Targets = npt.NDArray[np.bool_] | npt.NDArray[np.float64]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoosterParameters:
    """Hyperparameters, with the defaults the product documents.

    Raises:
        InvalidInput: On construction; names every value out of range.
    """

    max_depth: int = 6
    learning_rate: float = 0.1
    n_estimators: int = 100
    subsample: float = 0.8
    colsample_bytree: float = 0.8
    min_child_weight: float = 5.0
    reg_lambda: float = 10.0
    """Stronger than the library's 1 and 1 (ADR 0010)."""
    random_state: int = 42

    def __post_init__(self) -> None:
        found = [
            Violation(field=name, rule=allowed.rule)
            for name, allowed in HYPERPARAMETERS.items()
            if not allowed.holds(getattr(self, name))
        ]
        if found:
            raise InvalidInput(found)

    def as_dict(self) -> dict[str, int | float]:
        """Return the parameters by name."""
        return asdict(self)


def fit_booster(
    rows: Rows, targets: Targets, parameters: BoosterParameters, weights: Weights | None = None
) -> xgboost.Booster:
    """Fit ``binary:logistic`` trees on one thread, on arrays without column names.

    One thread: several on few cores make small fits slower, and the result would depend on the machine.

    Args:
        rows: (n, n_features).
        targets: (n,), outcomes or anything in [0, 1]: the loss is the cross-entropy to them.
        parameters: Hyperparameters.
        weights: (n,), >= 0; rows of weight 0 are left out. None: all count alike.
    """
    if weights is not None and not weights.all():
        counts = weights > 0
        rows, targets, weights = rows[counts], targets[counts], weights[counts]
    named = parameters.as_dict()
    rounds = int(named.pop("n_estimators"))
    named["seed"] = named.pop("random_state")
    settings: dict[str, Any] = {"objective": "binary:logistic", "eval_metric": "logloss", "nthread": 1, **named}
    data = xgboost.DMatrix(rows, label=targets.astype(np.float32), weight=weights, nthread=1)
    return xgboost.train(settings, data, num_boost_round=rounds)


def margins(booster: xgboost.Booster, rows: Rows) -> Margins:
    """Return the raw margins: float64 (n,)."""
    data = xgboost.DMatrix(rows, nthread=1)
    predicted = booster.predict(data, output_margin=True)
    return np.asarray(predicted, dtype=np.float64)


def booster_json(booster: xgboost.Booster) -> dict[str, Any]:
    """Return the booster's own JSON form."""
    parsed: dict[str, Any] = json.loads(booster.save_raw("json"))
    return parsed


def out_of_fold_margins(
    rows: Rows,
    targets: Targets,
    parameters: BoosterParameters,
    weights: Weights | None = None,
    *,
    folds: int,
    seed: int,
) -> Margins:
    """Return the margin of each row from trees that did not see it: float64 (n,).

    Folds are shuffled: contiguous folds of time-ordered data calibrate each period on the others and ruin the map.
    """
    order = np.random.default_rng(seed).permutation(len(rows))
    found = np.empty(len(rows))
    for held_out in np.array_split(order, folds):
        kept = np.setdiff1d(order, held_out)
        of_kept = None if weights is None else weights[kept]
        found[held_out] = margins(fit_booster(rows[kept], targets[kept], parameters, of_kept), rows[held_out])
    return found
