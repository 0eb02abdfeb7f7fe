"""Real models of XGBoost to check against."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import xgboost

from core.explain import TreeEnsemble, TreeExplainer


@dataclass(frozen=True)
class Trained:
    booster: xgboost.Booster
    rows: np.ndarray

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.booster.save_raw("json"))

    @property
    def ensemble(self) -> TreeEnsemble:
        return TreeEnsemble.from_xgboost_json(self.json)

    @property
    def explainer(self) -> TreeExplainer:
        return TreeExplainer.build(self.ensemble)

    def reference(self, rows: np.ndarray) -> np.ndarray:
        """XGBoost's own contributions; the last column is the bias."""
        return self.booster.predict(xgboost.DMatrix(rows), pred_contribs=True).astype(np.float64)

    def margin(self, rows: np.ndarray) -> np.ndarray:
        return self.booster.predict(xgboost.DMatrix(rows), output_margin=True).astype(np.float64)


Train = Callable[..., Trained]


def make_rows(n_rows: int, n_features: int, seed: int) -> np.ndarray:
    """Rows with missing values, a few levels, a constant and an empty column."""
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(n_rows, n_features)).astype(np.float32)
    rows[:, ::3] = np.round(rows[:, ::3])
    rows[generator.random(rows.shape) < 0.15] = np.nan
    if n_features > 4:
        rows[:, 3], rows[:, 4] = 7.0, np.nan
    return rows


@pytest.fixture(scope="session")
def train() -> Train:
    def fit(
        *, trees: int, n_features: int = 8, n_rows: int = 600, seed: int = 0, params: Mapping[str, Any] | None = None
    ) -> Trained:
        rows = make_rows(n_rows, n_features, seed)
        known = np.nan_to_num(rows)
        signal = known[:, 0] + known[:, 1 % n_features] * known[:, 2 % n_features] + np.isnan(rows[:, 0])
        labels = signal + np.random.default_rng(seed + 1).normal(size=n_rows) > 0.3
        settings = {"objective": "binary:logistic", "nthread": 1, "seed": seed, "eta": 0.3, **(params or {})}
        return Trained(xgboost.train(settings, xgboost.DMatrix(rows, labels), trees), rows)

    return fit
