"""What a version said of leads whose outcome is known by now, without favouring outcomes that come early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.evaluation.sample import Floats, Outcomes
from core.feedback.label import LabelReader, LabelSet
from core.identifiers import TenantId
from core.monitoring.served_scores import ServedScores

MOST_PENDING = 0.2
"""Share of leads without an outcome up to which those with one speak for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSample:
    """Leads in the order in which they were scored, (n,) each."""

    outcomes: Outcomes
    probabilities: Floats


def complete_until(labels: LabelSet, outcome_window: timedelta) -> datetime:
    """Return until when leads must have been scored for those with an outcome to speak for all.

    A conversion is often known long before a loss, which shows only once the outcome window has closed. While more than
    a fifth of the leads wait for their outcome, only leads whose window has closed have no favourites among them.
    """
    known = len(labels.outcomes())
    pending = labels.pending_count / max(1, labels.pending_count + known)
    return labels.as_of - outcome_window if pending > MOST_PENDING else labels.as_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOutcomes:
    """Joins outcomes to what was served.

    Args:
        labels: Outcomes as they are known.
        served: What was said of those leads.
        outcome_window: How long a lead may stay without an outcome.
    """

    labels: LabelReader
    served: ServedScores
    outcome_window: timedelta

    def sample(self, tenant: TenantId, version: str, start: datetime, end: datetime) -> KnownSample:
        """Return the leads that a version scored in [start, end) with an outcome that is known at ``end``."""
        labels = self.labels.label_set(tenant, end)
        # What was said before a label matured is older than the label.
        outcomes = [label for label in labels.outcomes() if label.mature_time >= start]
        until = complete_until(labels, self.outcome_window)
        said = self.served.of_version(tenant, version, outcomes) if outcomes else {}
        found = [
            (said[label.lead_id].score_time, label.lead_id, label.target >= 0.5, said[label.lead_id].probability)  # noqa: PLR2004  0 or 1
            for label in outcomes
            if label.lead_id in said and start <= said[label.lead_id].score_time <= until
        ]
        found.sort()
        return KnownSample(
            outcomes=np.array([converted for *_, converted, _ in found], dtype=np.bool_),
            probabilities=np.array([probability for *_, probability in found], dtype=np.float64),
        )
