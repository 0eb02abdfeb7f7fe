"""What a head is worth, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.metrics import auc
from core.version import Metric
from training.conversation.linear import Doubles
from training.conversation.thresholds import f1_of

LEVEL = 0.95
DRAWS = 200
_BINS = 15
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a head said of rows, and what holds. Rows may have several classes, or none."""

    probabilities: Doubles
    """(n, classes)"""
    said: Flags
    """(n, classes), the classes it took as present."""
    held: Flags
    """(n, classes)"""

    def rows(self, places: npt.NDArray[np.intp]) -> Judged:
        """Return some of the rows."""
        return Judged(probabilities=self.probabilities[places], said=self.said[places], held=self.held[places])


def accuracy(judged: Judged) -> float:
    """Return the share of rows whose one class holds; where several may be said, the share of classes told right."""
    if _is_single(judged):
        return float((judged.said & judged.held).any(axis=1).mean())
    return float((judged.said == judged.held).mean())


def macro_f1(judged: Judged) -> float:
    """Return the mean F1 of the classes that any row has."""
    there = np.flatnonzero(judged.held.any(axis=0))
    return float(np.mean([f1_of(judged.said[:, at], judged.held[:, at]) for at in there])) if there.size else 0.0


def auroc(judged: Judged) -> float:
    """Return the mean area under the ROC curve of the classes that some rows have and others have not."""
    shares = judged.held.mean(axis=0)
    there = np.flatnonzero((shares > 0.0) & (shares < 1.0))
    areas = [auc(judged.held[:, at], judged.probabilities[:, at]) for at in there]
    return float(np.mean(areas)) if areas else float("nan")


def calibration_error(judged: Judged) -> float:
    """Return the expected calibration error in 15 bins of equal width (Naeini et al. 2015).

    Of one class a row: of the likeliest class; else of all classes together.
    """
    if _is_single(judged):
        best = judged.probabilities.argmax(axis=1)
        rows = np.arange(len(best))
        return _error(judged.probabilities[rows, best], judged.held[rows, best])
    return _error(judged.probabilities.ravel(), judged.held.ravel())


FIGURES: Mapping[str, Callable[[Judged], float]] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "auroc": auroc,
    "ece": calibration_error,
}


def measure(
    judged: Judged, groups: Sequence[str], *, seed: int = 0, draws: int = DRAWS, names: Sequence[str] = tuple(FIGURES)
) -> dict[str, Metric]:
    """Return figures with bootstrap intervals (Efron 1979) over groups: what is alike is drawn together.

    Args:
        judged: n rows, one at least.
        groups: (n,)
        seed: Of the draws.
        draws: How many.
        names: Of :data:`FIGURES`.
    """
    places = _places(groups)
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(draws):
        chosen = random.integers(0, len(places), size=len(places))
        sample = judged.rows(np.concatenate([places[at] for at in chosen]))
        for name in names:
            drawn[name].append(FIGURES[name](sample))
    return {name: _metric(name, FIGURES[name](judged), drawn[name], len(judged.held)) for name in names}


def _metric(name: str, value: float, drawn: Sequence[float], count: int) -> Metric:
    kept = np.array(drawn)[np.isfinite(drawn)]
    if not np.isfinite(value) or kept.size == 0:
        return Metric(name=name, value=0.0, sample_count=0)
    lower, upper = np.quantile(kept, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return Metric(
        name=name,
        value=value,
        lower=min(value, float(lower)),
        upper=max(value, float(upper)),
        level=LEVEL,
        sample_count=count,
    )


def _places(groups: Sequence[str]) -> list[npt.NDArray[np.intp]]:
    found: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        found.setdefault(group, []).append(row)
    return [np.array(rows, dtype=np.intp) for rows in found.values()]


def _is_single(judged: Judged) -> bool:
    return judged.held.shape[1] > 1 and bool((judged.said.sum(axis=1) == 1).all())


def _error(probabilities: Doubles, held: Flags) -> float:
    bins = np.minimum((probabilities * _BINS).astype(np.intp), _BINS - 1)
    sums = np.bincount(bins, weights=probabilities - held, minlength=_BINS)
    return float(np.abs(sums).sum() / len(probabilities))
