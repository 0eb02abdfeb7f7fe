"""What becomes of each event of a request, in one letter: the answer is kept for when the request comes again."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from core.behavior.event_log import EventResult, EventStatus
from core.errors import AlreadyExists, InvalidInput, LeadlineError, NotFound
from core.event import Event

Sent = Event | LeadlineError
"""An event as it was sent, or why it could not be read."""


class Verdict(Enum):
    """What becomes of an event. The letters are kept in databases."""

    RECORDED = "r"
    CLOCK_ADJUSTED = "a"
    DUPLICATE = "d"
    UNREADABLE = "u"
    TOO_FAR_AHEAD = "f"
    TOO_OLD = "o"
    OTHER_BODY = "b"
    """The id is that of another event."""
    NO_SUCH_LEAD = "n"
    """Of the seller who asks."""


_PLAIN = {
    Verdict.RECORDED: EventResult(EventStatus.RECORDED),
    Verdict.CLOCK_ADJUSTED: EventResult(EventStatus.CLOCK_ADJUSTED),
    Verdict.DUPLICATE: EventResult(EventStatus.DUPLICATE),
}


def results_of(verdicts: Sequence[Verdict], sent: Sequence[Sent]) -> list[EventResult]:
    """Return what to answer, in order."""
    return [
        _PLAIN.get(verdict) or EventResult(EventStatus.REFUSED, _error(verdict, one, place))
        for place, (verdict, one) in enumerate(zip(verdicts, sent, strict=True))
    ]


def _error(verdict: Verdict, one: Sent, place: int) -> LeadlineError:
    if not isinstance(one, Event):
        return one
    path = f"events[{place}]"
    match verdict:
        case Verdict.TOO_FAR_AHEAD:
            return InvalidInput.of(f"{path}.occurred_time", "must be at most 10 minutes in the future")
        case Verdict.TOO_OLD:
            return InvalidInput.of(f"{path}.occurred_time", "must be at most 10 years in the past")
        case Verdict.OTHER_BODY:
            return AlreadyExists("event", one.event_id, f"was recorded with another body; it is {path}.event_id")
        case _:
            return NotFound("lead", one.lead_id)
