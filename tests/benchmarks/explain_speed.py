"""How much faster the explainer is than XGBoost's own contributions, on one thread, in one run."""

from __future__ import annotations

import io
import json
import sys
import timeit
from collections.abc import Callable
from itertools import cycle

import numpy as np
import xgboost

from core.explain import TreeEnsemble, TreeExplainer

N_TREES = 100
DEPTH = 6
N_ROWS = 4000
BATCH = 100


def measure(n_features: int = 64) -> dict[str, float]:
    """Return microseconds per row of both, their ratios, and milliseconds to build and load.

    Args:
        n_features: Columns of the rows; a tenth of the values is missing.
    """
    booster, rows = _train(n_features)
    built, build_seconds = _timed(lambda: _build(booster))
    stored = _store(built)
    explainer = _load(stored)
    singles = cycle(rows[:500])

    def reference(some: np.ndarray) -> np.ndarray:
        return booster.predict(xgboost.DMatrix(some, nthread=1), pred_contribs=True)

    batch = rows[:BATCH]
    one = _microseconds(lambda: explainer.contributions(next(singles)), 500)
    one_reference = _microseconds(lambda: reference(next(singles)[np.newaxis]), 50)
    many = _microseconds(lambda: explainer.contributions_batch(batch), 10) / BATCH
    many_reference = _microseconds(lambda: reference(batch), 5) / BATCH
    error = np.abs(explainer.contributions_batch(batch) - reference(batch)[:, :-1]).max()
    return {
        "n_features": n_features,
        "one_row_us": one,
        "one_row_reference_us": one_reference,
        "one_row_ratio": one_reference / one,
        "batch_row_us": many,
        "batch_row_reference_us": many_reference,
        "batch_row_ratio": many_reference / many,
        "largest_difference": float(error),
        "build_ms": build_seconds * 1e3,
        "load_ms": min(timeit.repeat(lambda: _load(stored), number=1, repeat=5)) * 1e3,
        "stored_mb": len(stored) / 1e6,
    }


def _train(n_features: int) -> tuple[xgboost.Booster, np.ndarray]:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(N_ROWS, n_features)).astype(np.float32)
    rows[generator.random(rows.shape) < 0.1] = np.nan
    known = np.nan_to_num(rows)
    signal = known[:, 0] + known[:, 1] * known[:, 2] + np.sin(3 * known[:, 3])
    labels = signal + generator.normal(size=N_ROWS) > 0
    settings = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 1}
    return xgboost.train(settings, xgboost.DMatrix(rows, labels, nthread=1), N_TREES), rows


def _build(booster: xgboost.Booster) -> TreeExplainer:
    return TreeExplainer.build(TreeEnsemble.from_xgboost_json(json.loads(booster.save_raw("json"))))


def _store(explainer: TreeExplainer) -> bytes:
    file = io.BytesIO()
    np.savez(file, **explainer.arrays())
    return file.getvalue()


def _load(stored: bytes) -> TreeExplainer:
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        return TreeExplainer.from_arrays(dict(arrays))


def _timed(work: Callable[[], TreeExplainer]) -> tuple[TreeExplainer, float]:
    start = timeit.default_timer()
    return work(), timeit.default_timer() - start


def _microseconds(work: Callable[[], object], number: int) -> float:
    work()
    return min(timeit.repeat(work, number=number, repeat=5)) / number * 1e6


if __name__ == "__main__":
    for width in (64, 380):
        sys.stdout.write(json.dumps({name: round(value, 7) for name, value in measure(width).items()}) + "\n")
