"""Compares the challenger in the shadow with what was served."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import bootstrap_metrics
from core.feedback.label import LabelReader
from core.identifiers import LeadId, TenantId
from core.monitoring.shadow_scores import ShadowScore, ShadowStore
from core.ports import Clock
from core.version import ActivePointer, Metric, ModelVersion, ShadowPointer

MOST_SCORES = 50_000
"""The newest ones are looked at."""
MOST_LEADS = 5_000
"""Newest leads that intervals are taken over: more make them no narrower than matters, and cost a call its time."""
FEWEST_RANKED = 3
PSI_BINS = 10
RESAMPLES = 200
LEVEL = 0.95
_Z = 1.959963984540054
"""97.5 % quantile of the normal distribution."""
Floats: TypeAlias = npt.NDArray[np.float64]


class Versions(Protocol):
    """Says who serves and who is in the shadow. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer."""

    def shadow(self, tenant: TenantId, kind: str) -> ShadowPointer | None:
        """Return the shadow pointer."""

    def get(self, tenant: TenantId, kind: str, version: str) -> ModelVersion:
        """Return one version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share with its Wilson interval."""

    value: float
    lower: float
    upper: float
    level: float = LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowReport:
    """The challenger beside the serving version."""

    shadow_version: str
    """"" if nobody is in the shadow."""
    active_version: str
    reason: str = ""
    start_time: datetime | None = None
    sample_count: int = 0
    """Answers both scored."""
    rank_correlation: float | None = None
    """Spearman's, in [-1, 1]; None below 3 answers, or where one of the two says the same of all."""
    flips: Share | None = None
    """Answers on different sides of the two decision thresholds; None without answers."""
    mean_difference: float = 0.0
    """Mean probability of the shadow less that of the serving version."""
    score_psi: float = 0.0
    shadow_metrics: tuple[Metric, ...] = ()
    """Of leads whose end is known, by what was said first."""
    active_metrics: tuple[Metric, ...] = ()
    median_latency: timedelta | None = None
    p99_latency: timedelta | None = None
    dropped_count: int = 0
    """Of this process since it started."""


class ShadowReports:
    """Makes reports.

    Args:
        versions: Says who serves and who is in the shadow.
        scores: What both said.
        labels: Says how leads ended.
        clock: The present moment.
        dropped: Says how many answers of a tenant were to be scored and were not.
    """

    def __init__(
        self,
        versions: Versions,
        scores: ShadowStore,
        labels: LabelReader,
        clock: Clock,
        dropped: Callable[[TenantId], int] = lambda _tenant: 0,
    ) -> None:
        self._versions = versions
        self._scores = scores
        self._labels = labels
        self._clock = clock
        self._dropped = dropped

    def report(self, tenant: TenantId, kind: str) -> ShadowReport:
        """Return the report on a tenant's challenger; one without a challenger if there is none."""
        active, shadow = self._versions.active(tenant, kind), self._versions.shadow(tenant, kind)
        active_name = "" if active is None else active.version
        if shadow is None or active is None:
            return ShadowReport(shadow_version="", active_version=active_name)
        scores = self._scores.newest(tenant, shadow.version, active.version, limit=MOST_SCORES)
        thresholds = [
            self._versions.get(tenant, kind, name).manifest.threshold for name in (active.version, shadow.version)
        ]
        served = np.array([score.served_probability for score in scores])
        mine = np.array([score.probability for score in scores])
        flips = int(((served >= thresholds[0]) != (mine >= thresholds[1])).sum())
        seconds = np.array([score.seconds for score in scores])
        shadow_metrics, active_metrics = self._quality(tenant, scores, thresholds)
        return ShadowReport(
            shadow_version=shadow.version,
            active_version=active_name,
            reason=shadow.reason,
            start_time=shadow.start_time,
            sample_count=len(scores),
            rank_correlation=spearman(served, mine),
            flips=wilson(flips, len(scores)),
            mean_difference=float((mine - served).mean()) if scores else 0.0,
            score_psi=psi(served, mine) if scores else 0.0,
            shadow_metrics=shadow_metrics,
            active_metrics=active_metrics,
            median_latency=_quantile(seconds, 0.5),
            p99_latency=_quantile(seconds, 0.99),
            dropped_count=self._dropped(tenant),
        )

    def _quality(
        self, tenant: TenantId, scores: Sequence[ShadowScore], thresholds: Sequence[float]
    ) -> tuple[tuple[Metric, ...], tuple[Metric, ...]]:
        """Return the figures of shadow and serving version on the same leads, each judged by its own threshold."""
        if not scores:
            return (), ()
        ends = {label.lead_id: label for label in self._labels.label_set(tenant, self._clock()).outcomes()}
        first: dict[LeadId, ShadowScore] = {}
        for score in scores:
            first.setdefault(score.lead_id, score)
        known = [
            (score, bool(ends[lead].target))
            for lead, score in first.items()
            if lead in ends and score.score_time < ends[lead].mature_time
        ]
        if not known:
            return (), ()
        # In the order in which the leads were first scored.
        known = known[-MOST_LEADS:]
        outcomes = [outcome for _, outcome in known]
        mine = [score.probability for score, _ in known]
        served = [score.served_probability for score, _ in known]
        return _metrics(outcomes, mine, thresholds[1]), _metrics(outcomes, served, thresholds[0])


def spearman(first: Floats, second: Floats) -> float | None:
    """Return Spearman's rank correlation, ties at their mean rank; None where it is not defined."""
    if len(first) < FEWEST_RANKED:
        return None
    a, b = _ranks(first), _ranks(second)
    a, b = a - a.mean(), b - b.mean()
    spread = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / spread if spread else None


def wilson(count: int, total: int) -> Share | None:
    """Return a share with its 95 % score interval (Wilson 1927), None of nothing."""
    if not total:
        return None
    share = count / total
    shrink = 1.0 + _Z * _Z / total
    middle = (share + _Z * _Z / (2.0 * total)) / shrink
    half = _Z / shrink * math.sqrt(share * (1.0 - share) / total + _Z * _Z / (4.0 * total * total))
    return Share(value=share, lower=max(0.0, min(share, middle - half)), upper=min(1.0, max(share, middle + half)))


def psi(expected: Floats, actual: Floats, bins: int = PSI_BINS) -> float:
    """Return the population stability index over bins of equal mass of ``expected``; half a count is added to each."""
    edges = np.unique(np.quantile(expected, np.linspace(0.0, 1.0, bins + 1)[1:-1]))
    count = len(edges) + 1
    shares = [
        (np.bincount(np.searchsorted(edges, values, side="right"), minlength=count) + 0.5) / (len(values) + 0.5 * count)
        for values in (expected, actual)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _ranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[places.ravel()], dtype=np.float64)


def _metrics(outcomes: Sequence[bool], probabilities: Sequence[float], threshold: float) -> tuple[Metric, ...]:
    figures = bootstrap_metrics(outcomes, probabilities, threshold=threshold, resamples=RESAMPLES)
    return tuple(metric for metric in figures if math.isfinite(metric.value))


def _quantile(seconds: Floats, share: float) -> timedelta | None:
    return timedelta(seconds=float(np.quantile(seconds, share))) if len(seconds) else None
