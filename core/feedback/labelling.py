"""Makes label sets: each lead by itself first, then what only all of them together tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core import deadline
from core.errors import InvalidInput
from core.feedback.delay import DelayCurve, Ending, Watch
from core.feedback.label import Label, LabelSet, Provenance
from core.feedback.label_caps import capped
from core.feedback.label_combining import Share, combine, happened
from core.feedback.label_rules import CONVERTED, LOST, RULES_VERSION, LabelRules
from core.feedback.label_source import LabelSource, LeadEvidence
from core.identifiers import LeadId, TenantId

LEAST_WEIGHT = 1e-3
"""However little is left of a label it says something."""
DIGITS = 9
"""Of a target or weight: what the last bits of a sum are depends on the machine."""
_NO_DELAY = timedelta()
_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


class Labelling:
    """Makes label sets from what was recorded. Implements :class:`core.feedback.label.LabelReader`.

    Args:
        source: Reads it.
        rules: How labels are made.
    """

    def __init__(self, source: LabelSource, rules: LabelRules | None = None) -> None:
        self._source = source
        self._rules = rules or LabelRules()

    def label_set(self, tenant: TenantId, as_of: datetime) -> LabelSet:
        """Return the labels as they were known at ``as_of``: only what was recorded by then counts.

        Raises:
            InvalidInput: If the moment has no offset from UTC.
            DependencyDown: If the source cannot be read.
        """
        if as_of.tzinfo is None:
            raise InvalidInput.of("as_of", "must name its offset from UTC")
        return make_label_set(tenant, as_of, self._source.evidence(tenant, as_of), self._rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """The label of a lead before others are looked at."""

    lead_id: LeadId
    target: float
    weight: float
    is_outcome: bool
    mature_time: datetime
    known_time: datetime
    provenance: tuple[Provenance, ...]
    shares: Sequence[Share]
    delay: timedelta
    """From being shown to the label; none where the lead was not watched from its beginning."""
    silent_for: timedelta | None = None
    """Age of a lead whose window closed in silence."""
    shown_version: str = ""
    shown_probability: float | None = None
    shown_token_id: str = ""


def make_label_set(tenant: TenantId, as_of: datetime, evidence: Iterable[LeadEvidence], rules: LabelRules) -> LabelSet:
    """Return the labels that follow from the evidence; its order does not matter.

    Args:
        tenant: Whose leads they are.
        as_of: Aware; nothing in the evidence was recorded later.
        evidence: Each lead at most once.
        rules: How labels are made.

    Raises:
        DeadlineSpent: If the deadline of the call it is made for passed.
    """
    drafts: list[_Draft] = []
    watches: list[Watch] = []
    pending_count = 0
    for lead in evidence:
        deadline.check()
        start = _start(lead)
        draft = _draft(lead, start, as_of, rules)
        watch = None if start is None else _watch(start, draft, as_of)
        if watch is not None:
            watches.append(watch)
        if draft is not None:
            drafts.append(draft)
        elif watch is not None:
            pending_count += 1
    drafts.sort(key=lambda draft: (draft.mature_time, draft.lead_id))
    weights = _weights(drafts, DelayCurve(watches, rules.outcome_window), rules)
    labels = tuple(_label(draft, weight) for draft, weight in zip(drafts, weights, strict=True))
    return LabelSet(
        tenant=tenant,
        as_of=as_of,
        labels=labels,
        pending_count=pending_count,
        fingerprint=_fingerprint(labels),
    )


def _draft(lead: LeadEvidence, start: datetime | None, as_of: datetime, rules: LabelRules) -> _Draft | None:
    combined = combine(lead, rules)
    is_open = combined is None or not combined.is_outcome
    if is_open and start is not None and start + rules.outcome_window <= as_of:
        return _closed(lead, start + rules.outcome_window, as_of - start)
    if combined is None:
        return None
    delay = _NO_DELAY if start is None else max(_NO_DELAY, combined.mature_time - start)
    version, probability, token_id = _shown(lead, combined.mature_time)
    return _Draft(
        lead_id=lead.lead_id,
        target=combined.target,
        weight=combined.weight,
        is_outcome=combined.is_outcome,
        mature_time=combined.mature_time,
        known_time=combined.known_time,
        provenance=combined.provenance,
        shares=combined.shares,
        delay=delay,
        shown_version=version,
        shown_probability=probability,
        shown_token_id=token_id,
    )


def _closed(lead: LeadEvidence, closing: datetime, age: timedelta) -> _Draft:
    version, probability, token_id = _shown(lead, closing)
    return _Draft(
        lead_id=lead.lead_id,
        target=LOST,
        weight=1.0,
        is_outcome=True,
        mature_time=closing,
        known_time=closing,
        provenance=(Provenance.WINDOW_CLOSED,),
        shares=(),
        delay=age,
        silent_for=age,
        shown_version=version,
        shown_probability=probability,
        shown_token_id=token_id,
    )


def _start(lead: LeadEvidence) -> datetime | None:
    """Return when the lead's window opened, None if it was neither shown nor spoken of.

    Not before it was recorded: nobody could have said how it ended.
    """
    seen = [piece.feedback.occurred_time for piece in lead.feedback]
    if lead.first_shown_time is not None:
        seen.append(lead.first_shown_time)
    return max(lead.create_time, min(seen)) if seen else None


def _watch(start: datetime, draft: _Draft | None, as_of: datetime) -> Watch | None:
    """Return how long a lead was watched, None if it was not watched from its beginning."""
    if draft is None or not draft.is_outcome or draft.silent_for is not None:
        # Feedback may be of the next few minutes.
        return Watch(max(_NO_DELAY, as_of - start), Ending.SILENT)
    if draft.mature_time < start:
        return None
    return Watch(draft.mature_time - start, Ending.CONVERTED if draft.target == CONVERTED else Ending.LOST)


def _shown(lead: LeadEvidence, until: datetime) -> tuple[str, float | None, str]:
    """Return (version, probability, token id) of the last score that feedback up to ``until`` says was shown.

    Only a token that was signed here says so: whatever else somebody claims was shown is not evidence.
    """
    told = [piece for piece in lead.feedback if piece.feedback.token_id and happened(piece) <= until]
    if not told:
        return "", None, ""
    last = max(told, key=lambda piece: (happened(piece), piece.record_time, piece.feedback.feedback_id)).feedback
    return last.model_version, None if last.shown_score is None else last.shown_score / 100.0, last.token_id


def _weights(drafts: Sequence[_Draft], curve: DelayCurve, rules: LabelRules) -> list[float]:
    timely = _timely_weights(drafts, curve)
    weighted = [(max(LEAST_WEIGHT, weight), draft.shares) for weight, draft in zip(timely, drafts, strict=True)]
    return [_rounded_weight(weight) for weight in capped(weighted, rules)]


def _timely_weights(drafts: Sequence[_Draft], curve: DelayCurve) -> list[float]:
    """Return the weights after what time hides: see :mod:`core.feedback.delay`."""
    ends = [draft for draft in drafts if draft.is_outcome]
    if not ends:
        return [draft.weight for draft in drafts]
    stood_for = curve.stood_for([draft.delay for draft in ends])
    most = float(stood_for.max())
    part = dict(zip((draft.lead_id for draft in ends), (stood_for / most).tolist(), strict=True))
    closed = [draft for draft in ends if draft.silent_for is not None]
    belief = curve.belief_in_silence([draft.delay for draft in closed]).tolist()
    # Silence is believed as far as the word that would have broken it.
    word = _mean_weight([draft for draft in ends if draft.target == CONVERTED])
    silence = {draft.lead_id: word * believed for draft, believed in zip(closed, belief, strict=True)}
    return [draft.weight * silence.get(draft.lead_id, 1.0) * part.get(draft.lead_id, 1.0) for draft in drafts]


def _mean_weight(drafts: Sequence[_Draft]) -> float:
    return sum(draft.weight for draft in drafts) / len(drafts) if drafts else 1.0


def _rounded_weight(weight: float) -> float:
    return min(1.0, max(LEAST_WEIGHT, round(weight, DIGITS)))


def _label(draft: _Draft, weight: float) -> Label:
    target = round(draft.target, DIGITS)
    return Label(
        lead_id=draft.lead_id,
        target=target,
        weight=weight,
        is_outcome=draft.is_outcome,
        mature_time=draft.mature_time,
        known_time=draft.known_time,
        provenance=draft.provenance,
        shown_version=draft.shown_version,
        shown_probability=draft.shown_probability,
        shown_token_id=draft.shown_token_id,
        label_key=_label_key(draft, target),
    )


def _label_key(draft: _Draft, target: float) -> str:
    # Without the weight, which moves with the labels of other leads and with time.
    said = [
        draft.lead_id,
        target,
        draft.is_outcome,
        draft.mature_time.astimezone(UTC).isoformat(timespec="microseconds"),
        draft.provenance,
        draft.shown_version,
        draft.shown_probability,
        draft.shown_token_id,
    ]
    return hashlib.sha256(_canonical(said)).hexdigest()


def _fingerprint(labels: Sequence[Label]) -> str:
    digest = hashlib.sha256(_canonical([RULES_VERSION]))
    for label in labels:
        digest.update(_canonical([label.label_key, label.weight]))
    return digest.hexdigest()


def _canonical(content: object) -> bytes:
    return _JSON.encode(content).encode("ascii")
