"""What all pieces of feedback about one lead say together.

Each source has one voice: who says a thing a hundred times says it once. What a source says is the mean of its pieces,
each weighed by confidence and age; how loud it says it is the weight of its surest piece.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from core.feedback.feedback import StoredFeedback
from core.feedback.label import OUTCOMES, Provenance
from core.feedback.label_rules import CONVERTED, LOST, LabelRules, Saying, saying_of
from core.feedback.label_source import LeadEvidence

RECORDS = ""
"""The source of outcomes that were written with their leads; no agent or actor is called this."""
LEAST_CONFIDENCE = 0.01
"""What is believed less is not believed at all."""


class Share(NamedTuple):
    """A part of what a label rests on."""

    source: str
    """Whose word it is, as the feedback says; :data:`RECORDS` for an outcome written with the lead."""
    actor: str
    """Who recorded it, as it was authenticated; :data:`RECORDS` likewise."""
    part: float
    """In (0, 1]; the parts of a label sum to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """What is known of one lead, before other leads are looked at."""

    target: float
    weight: float
    """In (0, 1], from confidence, age and agreement."""
    is_outcome: bool
    mature_time: datetime
    known_time: datetime
    """When the newest piece it rests on was recorded."""
    provenance: tuple[Provenance, ...]
    shares: tuple[Share, ...]
    """What it rests on, ordered by source and actor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    saying: Saying
    source: str
    actor: str
    confidence: float
    time: datetime
    known_time: datetime
    """When it was recorded."""
    order: tuple[datetime, datetime, str]
    """Total: by when it happened, then by when it was recorded, then by id."""
    repeats: tuple[str, str] = ("", "")
    """Pieces of one source that are equal in this repeat each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voice:
    source: str
    target: float
    loudness: float
    provenance: frozenset[Provenance]
    recorded_by: Sequence[tuple[str, float]]
    """(actor, part of the voice), ordered by actor."""


def happened(piece: StoredFeedback) -> datetime:
    """Return when it happened, or was recorded if that was earlier: nothing is known before it is recorded."""
    return min(piece.feedback.occurred_time, piece.record_time)


def combine(evidence: LeadEvidence, rules: LabelRules) -> Combined | None:
    """Return what the pieces say together, None if they say nothing that can be learned.

    What tells the lead's end beats everything else.
    """
    pieces = sorted(_pieces(evidence), key=lambda piece: piece.order)
    ends = [piece for piece in pieces if piece.saying.provenance in OUTCOMES]
    if ends:
        return _combine_ends(ends, rules)
    return _combine_hints(pieces, rules) if pieces else None


def _pieces(evidence: LeadEvidence) -> Iterable[_Piece]:
    for stored in evidence.feedback:
        saying = saying_of(stored.feedback)
        if saying is not None and stored.confidence >= LEAST_CONFIDENCE:
            yield _piece(stored, saying)
    outcome = evidence.outcome
    if outcome is not None:
        time = min(outcome.outcome_time, outcome.record_time)
        yield _Piece(
            saying=Saying(CONVERTED if outcome.converted else LOST, Provenance.OUTCOME),
            source=RECORDS,
            actor=RECORDS,
            confidence=1.0,
            time=time,
            known_time=outcome.record_time,
            order=(time, outcome.record_time, ""),
        )


def _piece(stored: StoredFeedback, saying: Saying) -> _Piece:
    feedback, time = stored.feedback, happened(stored)
    session = feedback.session_id or time.astimezone(UTC).date().isoformat()
    return _Piece(
        saying=saying,
        source=feedback.agent_id or stored.actor,
        actor=stored.actor,
        confidence=min(1.0, stored.confidence),
        time=time,
        known_time=stored.record_time,
        order=(time, stored.record_time, feedback.feedback_id),
        repeats=(session, feedback.action.value),
    )


def _combine_ends(ends: Sequence[_Piece], rules: LabelRules) -> Combined:
    """The newest end holds; each source that last said otherwise takes weight from it."""
    newest = ends[-1]
    last_said = {piece.source: piece for piece in ends}
    voices = [_voice([last_said[source]], newest.time, rules) for source in sorted(last_said)]
    agreeing = [voice for voice in voices if voice.target == newest.saying.target]
    agreement = _loudness(agreeing) / _loudness(voices)
    return _combined(agreeing, agreement, newest.time, newest.known_time, is_outcome=True)


def _combine_hints(pieces: Sequence[_Piece], rules: LabelRules) -> Combined:
    newest = pieces[-1].time
    by_source: dict[str, list[_Piece]] = defaultdict(list)
    for piece in pieces:
        by_source[piece.source].append(piece)
    voices = [_voice(by_source[source], newest, rules) for source in sorted(by_source)]
    target = _mean(voices)
    apart = math.fsum(voice.loudness * abs(voice.target - target) for voice in voices) / _loudness(voices)
    # Nobody can be further from the mean, on average, than a half.
    agreement = 1.0 - 2.0 * apart
    weight = rules.soft_weight * max(0.0, agreement)
    return _combined(voices, weight, newest, max(piece.known_time for piece in pieces), is_outcome=False)


def _combined(
    voices: Sequence[_Voice], agreement: float, mature_time: datetime, known_time: datetime, *, is_outcome: bool
) -> Combined:
    sureness = 1.0 - math.prod(1.0 - voice.loudness for voice in voices)
    total = _loudness(voices)
    return Combined(
        target=_mean(voices),
        weight=sureness * agreement,
        is_outcome=is_outcome,
        mature_time=mature_time,
        known_time=known_time,
        provenance=tuple(sorted(frozenset[Provenance]().union(*(voice.provenance for voice in voices)))),
        shares=tuple(
            Share(voice.source, actor, voice.loudness / total * part)
            for voice in voices
            for actor, part in voice.recorded_by
        ),
    )


def _voice(pieces: Sequence[_Piece], newest: datetime, rules: LabelRules) -> _Voice:
    """Return what one source says. ``pieces`` are ordered, the newest last."""
    weights: list[float] = []
    by_actor: dict[str, float] = defaultdict(float)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for piece in reversed(pieces):
        factor = rules.repeat_share ** seen[piece.repeats]
        seen[piece.repeats] += 1
        weights.append(piece.confidence * _freshness(newest - piece.time, rules) * factor)
        by_actor[piece.actor] += weights[-1]
    total = math.fsum(weights)
    mean = math.fsum(w * piece.saying.target for w, piece in zip(weights, reversed(pieces), strict=True)) / total
    return _Voice(
        source=pieces[0].source,
        target=mean if len(pieces) > 1 else pieces[0].saying.target,
        loudness=max(weights),
        provenance=frozenset(piece.saying.provenance for piece in pieces),
        recorded_by=_parts(by_actor),
    )


def _parts(by_actor: dict[str, float]) -> Sequence[tuple[str, float]]:
    total = math.fsum(by_actor.values())
    return [(actor, by_actor[actor] / total) for actor in sorted(by_actor)]


def _freshness(age: timedelta, rules: LabelRules) -> float:
    # So old that it would vanish it still breaks a tie.
    return max(1e-9, math.exp2(-(age / rules.half_life)))


def _loudness(voices: Iterable[_Voice]) -> float:
    return math.fsum(voice.loudness for voice in voices)


def _mean(voices: Sequence[_Voice]) -> float:
    first = voices[0].target
    if all(voice.target == first for voice in voices):
        return first
    mean = math.fsum(voice.loudness * voice.target for voice in voices) / _loudness(voices)
    return min(1.0, max(0.0, mean))
