"""Labelled leads as they were when they were scored, as a table like one from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.feedback.label import Label, LabelSet
from core.feedback.scored_leads import ScoredLead, ScoredLeads, ScoringHint
from core.identifiers import LeadId
from training.from_store import attribute_kinds
from training.refusal import TrainingRefused
from training.table import LeadTable
from training.table.lead_table import fingerprint_rows

FEWEST_JUDGED = 50
"""With fewer sure outcomes, or one kind of them, every label counts as the outcome it is nearer to."""
LEAST_BELIEF = 0.1
"""An outcome with less than this part of the usual weight (the weighted median) teaches the trees its little, and
judges nothing: whoever floods the feedback must not write the exam as well."""
_EVEN = 0.5

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def table_from_labels(label_set: LabelSet, leads: ScoredLeads, *, min_samples: int) -> LeadTable:
    """Return the labelled leads in the order in which their labels became known.

    Not in the order in which the leads came: of the newest leads only the quick ones have a label, and quick are above
    all those that convert. In the order of the labels the newest rows are as mixed as the older ones.

    Leads that were erased since the label set was made are left out.

    Args:
        label_set: The labels, each lead once.
        leads: Where the leads are.
        min_samples: Fewest labelled leads to accept.

    Raises:
        TrainingRefused: TOO_FEW_LABELS, or NO_SIGNAL if all labels say the same.
    """
    found = {scored.lead.lead_id: scored for scored in leads.scored_leads(label_set.tenant, _hints(label_set))}
    labels = [label for label in label_set.labels if label.lead_id in found]
    if len(labels) < min_samples:
        message = f"{min_samples:,} leads with a label are needed, and the store holds {len(labels):,}"
        raise TrainingRefused("TOO_FEW_LABELS", message, needed=str(min_samples), found=str(len(labels)))
    targets = np.array([label.target for label in labels])
    outcomes = targets >= _EVEN
    if outcomes.all() or not outcomes.any():
        ending = "converted" if outcomes[0] else "did not convert"
        raise TrainingRefused("NO_SIGNAL", f"all {len(labels):,} labelled leads {ending}: nothing can be learned")
    return _table(label_set, labels, [found[label.lead_id] for label in labels], targets, outcomes)


def _hints(label_set: LabelSet) -> dict[LeadId, ScoringHint]:
    return {
        label.lead_id: ScoringHint(until=min(label.mature_time, label_set.as_of), token_id=label.shown_token_id)
        for label in label_set.labels
    }


def _table(
    label_set: LabelSet, labels: Sequence[Label], scored: Sequence[ScoredLead], targets: Floats, outcomes: Flags
) -> LeadTable:
    weights = np.array([label.weight for label in labels])
    judged, judged_by = _judged(labels, weights, outcomes)
    leads = tuple(row.lead for row in scored)
    known = tuple(label.mature_time for label in labels)
    numeric, categorical = attribute_kinds(leads)
    return LeadTable(
        leads=leads,
        outcomes=outcomes,
        moments=tuple(row.moment for row in scored),
        outcome_times=known,
        order=np.arange(len(labels), dtype=np.float64),
        in_time_order=True,
        numeric_attributes=numeric,
        categorical_attributes=categorical,
        source="store",
        fingerprint=_fingerprint(label_set, fingerprint_rows(leads, outcomes.tolist(), known)),
        columns_of_attribute={name: name for name in (*numeric, *categorical)},
        places=tuple(f"lead {lead.lead_id}" for lead in leads),
        unlabelled_count=label_set.pending_count,
        undated_count=0,
        date_format=None,
        known_at_scoring=frozenset(),
        targets=targets,
        weights=weights,
        judged=judged,
        facts={
            "labels_as_of": label_set.as_of.isoformat(),
            "label_count": len(labels),
            "label_fingerprint": label_set.fingerprint,
            "leads_gone_since": len(label_set.labels) - len(labels),
            "leads_as_scored": sum(row.was_scored for row in scored),
            "judged_by": judged_by,
            "judged_count": int(judged.sum()),
        },
    )


def _judged(labels: Sequence[Label], weights: Floats, outcomes: Flags) -> tuple[Flags, str]:
    """Return whose outcome calibration and figures rest on, and that in words."""
    ended = np.array([label.is_outcome for label in labels], dtype=np.bool_)
    if ended.any():
        believed = ended & (weights >= LEAST_BELIEF * _weighted_median(weights[ended]))
        for chosen in (believed, ended):
            converted = int(outcomes[chosen].sum())
            if chosen.sum() >= FEWEST_JUDGED and 0 < converted < chosen.sum():
                return chosen, "outcomes"
    return np.ones(len(labels), dtype=np.bool_), "every label, as the outcome it is nearer to"


def _weighted_median(weights: Floats) -> float:
    """Return the weight at which half of all weight is reached, from the largest down."""
    falling = np.sort(weights)[::-1]
    reached = np.cumsum(falling)
    return float(falling[int(np.searchsorted(reached, reached[-1] / 2.0))])


def _fingerprint(label_set: LabelSet, rows: str) -> str:
    return hashlib.sha256(f"{rows}:{label_set.fingerprint}".encode()).hexdigest()
