"""Quality as it turned out: figures of what a version served, on leads whose outcome is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from core.evaluation.bootstrap import bootstrap_metrics
from core.identifiers import TenantId
from core.monitoring.known_outcomes import KnownOutcomes, KnownSample
from core.monitoring.shares import LEVEL, share_metric
from core.monitoring.sketch import PROBABILITY_BINS, UNIT, Sketch
from core.ports import Clock
from core.version import LEAD_SCORE, ActivePointer, Metric

USUAL_WINDOW = timedelta(days=30)
MOST_LEADS = 5_000
"""Newest leads that intervals are taken over: more make them no narrower than matters, and cost a call its time."""
RESAMPLES = 400
_NAMES = ("precision", "recall", "f1", "auc", "accuracy", "log_loss", "ece")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCount:
    """Contacts whose success was told."""

    successful: int
    total: int


class ContactReader(Protocol):
    """Counts contacts."""

    def contacts(self, tenant: TenantId, version: str, start: datetime, end: datetime) -> ContactCount:
        """Return the contacts in [start, end) about leads that a version had scored, as feedback tells them.

        Feedback that names the version that was shown counts for that one; other feedback counts for every version
        that had scored the lead by then.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricUpdate:
    """What is written into the flat row of a version. None: not known."""

    conversion_rate: float | None
    contact_success_rate: float | None
    average_score: float | None
    """0 to 100."""


class MetricRows(Protocol):
    """Keeps the flat rows of ``model_metrics``."""

    def update(self, tenant: TenantId, kind: str, version: str, figures: MetricUpdate, now: datetime) -> None:
        """Write what is known; what is None stays as it was."""


class ActiveVersions(Protocol):
    """Says which version serves. :class:`core.ports.RegistryStore` is one."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer."""


class SketchReader(Protocol):
    """Reads sketches, already added up."""

    def total(self, tenant: TenantId, kind: str, version: str, start: datetime, end: datetime) -> Sketch | None:
        """Return the sums over what a version served in the hours that begin in [start, end); None without any."""


def realised_metrics(sample: KnownSample, threshold: float) -> tuple[Metric, ...]:
    """Return precision, recall, f1, auc, accuracy, log_loss, ece with bootstrap intervals, and conversion_rate.

    Nothing for an empty sample; the AUC of one outcome only does not exist and is left out.
    """
    count = len(sample.outcomes)
    if not count:
        return ()
    newest = slice(max(0, count - MOST_LEADS), count)
    measured = bootstrap_metrics(
        sample.outcomes[newest], sample.probabilities[newest], threshold=threshold, resamples=RESAMPLES, level=LEVEL
    )
    by_name = {metric.name: metric for metric in measured if np.isfinite(metric.value)}
    figures = [by_name[name] for name in _NAMES if name in by_name]
    return (*figures, share_metric("conversion_rate", int(sample.outcomes.sum()), count))


def average_score(sketch: Sketch, seed: int = 42) -> Metric:
    """Return the mean served score, 0 to 100, with its bootstrap interval over the thousandths of probability."""
    count = sketch.row_count
    value = 100.0 * sketch.probability_sum * UNIT / count
    middles = 100.0 * (np.arange(PROBABILITY_BINS) + 0.5) / PROBABILITY_BINS
    drawn = np.random.default_rng(seed).multinomial(count, sketch.probability_counts / count, size=RESAMPLES)
    means = drawn @ middles / count
    around = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - means.mean()
    lower, upper = np.clip(value + around, 0.0, 100.0).tolist()
    return Metric(name="average_score", value=value, lower=lower, upper=upper, level=LEVEL, sample_count=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealisedFigures:
    """Everything that is known of how a version did in a window."""

    start_time: datetime
    end_time: datetime
    metrics: tuple[Metric, ...]
    served: Sketch | None
    labelled_count: int


class RealisedMetrics:
    """Measures what versions served.

    Args:
        active: Says which version serves.
        outcomes: Outcomes joined to what was served.
        contacts: Contacts as feedback tells them.
        sketches: Sums over what was served.
        rows: Where the figures of the active version are shown flat.
        clock: The present moment.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        active: ActiveVersions,
        outcomes: KnownOutcomes,
        contacts: ContactReader,
        sketches: SketchReader,
        rows: MetricRows,
        clock: Clock,
    ) -> None:
        self._active = active
        self._outcomes = outcomes
        self._contacts = contacts
        self._sketches = sketches
        self._rows = rows
        self._clock = clock

    def figures(
        self, tenant: TenantId, kind: str, version: str, threshold: float, window: timedelta = USUAL_WINDOW
    ) -> RealisedFigures:
        """Return how a version did on what it served within ``window`` up to now.

        Args:
            tenant: Whose leads.
            kind: Kind of model.
            version: The version.
            threshold: A lead counts as positive at ``probability >= threshold``.
            window: Leads it scored longer ago do not count.
        """
        end = self._clock()
        start = end - window
        sample = self._outcomes.sample(tenant, version, start, end)
        contacts = self._contacts.contacts(tenant, version, start, end)
        served = self._sketches.total(tenant, kind, version, start, end)
        metrics: list[Metric] = [*realised_metrics(sample, threshold)]
        if contacts.total:
            metrics.append(share_metric("contact_success_rate", contacts.successful, contacts.total))
        if served is not None:
            metrics.append(average_score(served))
        return RealisedFigures(
            start_time=start,
            end_time=end,
            metrics=tuple(metrics),
            served=served,
            labelled_count=len(sample.outcomes),
        )

    def refresh(self, tenant: TenantId) -> Sequence[Metric]:
        """Bring the flat row of the active version up to date; return what was measured, nothing if none serves."""
        pointer = self._active.active(tenant, LEAD_SCORE)
        if pointer is None:
            return ()
        # The threshold moves none of the figures that are shown flat.
        found = self.figures(tenant, LEAD_SCORE, pointer.version, threshold=0.5)
        values = {metric.name: metric.value for metric in found.metrics}
        update = MetricUpdate(
            conversion_rate=values.get("conversion_rate"),
            contact_success_rate=values.get("contact_success_rate"),
            average_score=values.get("average_score"),
        )
        self._rows.update(tenant, LEAD_SCORE, pointer.version, update, found.end_time)
        return found.metrics
