"""What a lead objects over a conversation, and whether that is out of the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.conversation.kinds import DialogueAct, Intent, Objection
from core.conversation.levels import MOST_EVIDENCE
from core.conversation.reading import EvidenceSpan, Feelings, ObjectionReading

_TOWARDS = (Intent.BUYING, Intent.VIEWING)
_SURE_ACT = 0.5
"""Probability from which an act is taken for what it seems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedObjection:
    """One objection of a conversation."""

    kind: Objection
    probability: float
    """The largest of the messages that raised it, 0 to 1."""
    message_count: int
    """Messages that raised it."""
    last_index: int
    """Of the newest of them."""
    is_overcome: bool = False
    """Whether a later message of the lead moved towards a deal."""
    evidence: tuple[tuple[EvidenceSpan, ...], ...] = ()
    """Words of each message, the newest last; of at most 10."""

    @property
    def spans(self) -> tuple[EvidenceSpan, ...]:
        """The words, the newest message first."""
        return tuple(span for message in reversed(self.evidence) for span in message)

    def again(self, read: ObjectionReading, index: int) -> RaisedObjection:
        """Return it, raised once more."""
        return RaisedObjection(
            kind=self.kind,
            probability=max(self.probability, read.probability),
            message_count=self.message_count + 1,
            last_index=index,
            evidence=(*self.evidence, read.evidence)[-MOST_EVIDENCE:],
        )


Objections = Mapping[Objection, RaisedObjection]
"""Those that were raised."""


def moves_towards_deal(feelings: Feelings) -> bool:
    """Return whether a message moves towards a deal.

    It does if it is ready to buy, wants to buy or to see it, or takes what was offered; and objects nothing.
    """
    if feelings.objections:
        return False
    takes = feelings.act is DialogueAct.SELECT and feelings.act_probability >= _SURE_ACT
    return takes or feelings.buying_intent.is_present or any(feelings.intent(one).is_present for one in _TOWARDS)


def objections_after(before: Objections, feelings: Feelings, index: int) -> Objections:
    """Return the objections after one more message of the lead."""
    if not before and not feelings.objections:
        return before
    is_towards = moves_towards_deal(feelings)
    after = {kind: replace(one, is_overcome=one.is_overcome or is_towards) for kind, one in before.items()}
    for read in feelings.objections:
        known = after.get(read.kind) or RaisedObjection(
            kind=read.kind, probability=0.0, message_count=0, last_index=index
        )
        after[read.kind] = known.again(read, index)
    return after


def newest_first(objections: Objections) -> tuple[RaisedObjection, ...]:
    """Return objections, the one that was raised last first."""
    return tuple(sorted(objections.values(), key=lambda one: (-one.last_index, -one.probability, one.kind.value)))
