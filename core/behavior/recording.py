"""Makes an event as it was sent fit to be kept: checked, tied to what was recommended, and given its moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import blake2b
from operator import itemgetter
from typing import Final

from core.caller import Caller
from core.errors import InvalidInput, Violation
from core.event import FIXED_POINT, MICROSECONDS, Device, Event, EventKind, PageType, Referrer
from core.feedback.recording import ReadToken
from core.identifiers import IDENTIFIER_RULE

CLOCK_TOLERANCE_US: Final = 10 * 60 * MICROSECONDS
"""How far ahead of ours a caller's clock may be."""
OLDEST_US: Final = 3_653 * 86_400 * MICROSECONDS
"""How long before it is recorded an event may have happened: ten years."""
MAX_TEXT: Final = 128
"""Most characters of a session's and an agent's id."""
MAX_QUERY: Final = 1_000
MAX_AMOUNT_E4: Final = 10**12 * FIXED_POINT
MAX_DURATION_MS: Final = 86_400_000
MAX_QUANTITY: Final = 1_000_000
NO_NUMBER: Final = 1 << 80
"""Stands for a number that was sent and is none: out of every range."""
NO_WORD: Final = "?"
"""Stands for a number of an enum that nobody knows."""
NO_MOMENT: Final = -1
"""Stands for a time that was sent and is none. 0 stands for one that was not sent."""

_DIGEST_BYTES = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST_US = 4_102_444_800 * MICROSECONDS
"""2100-01-01."""
_KINDS = frozenset(kind.value for kind in EventKind)
_PAGES = frozenset({"", *(page.value for page in PageType)})
_DEVICES = frozenset({"", *(device.value for device in Device)})
_REFERRERS = frozenset({"", *(referrer.value for referrer in Referrer)})
_SAY_WHICH = frozenset({EventKind.ITEM_SWIPED.value, EventKind.AGENT_CONTACTED.value, EventKind.OUTCOME_RECORDED.value})
"""Kinds that mean nothing without ``positive``."""
_TEXT_RULE = f"must be at most {MAX_TEXT} characters, none of them a control character"
_is_identifier = re.compile(r"[A-Za-z0-9_.:\-]{1,128}").fullmatch
_SENT = (
    *("event_id", "lead_id", "kind", "occurred_us", "item_id", "session_id", "agent_id", "duration_ms", "page_type"),
    *("device", "referrer", "price_e4", "value_e4", "quantity", "positive", "query", "token_id"),
)
_as_sent = itemgetter(*map(Event._fields.index, _SENT))


class EventIntake:
    """Checks events as they were sent.

    Args:
        read_token: Verifies attribution tokens.
    """

    def __init__(self, read_token: ReadToken) -> None:
        self._read_token = read_token

    def accept(self, caller: Caller, event: Event, attribution_token: str) -> Event:
        """Return the event fit for the log.

        Args:
            caller: Who sends it.
            event: As it was sent, without a sequence and a moment of recording.
            attribution_token: Of the recommendation that led to it; "" for none.

        Raises:
            InvalidInput: Names every broken field.
        """
        violations = () if _is_right(event) else _violations(event)
        if caller.owner_id and event.agent_id not in {"", caller.owner_id}:
            violations = (*violations, Violation(field="agent_id", rule="must be empty or your own"))
        if violations:
            raise InvalidInput(violations)
        if not attribution_token:
            return event
        shown = self._read_token(attribution_token)
        # The same words for every token that is not right, so that nobody learns what a foreign one says.
        if (shown.tenant, shown.lead_id) != (caller.tenant, event.lead_id):
            raise InvalidInput.of("attribution_token", "must be a token this service gave out for this lead")
        return event._replace(token_id=shown.token_id)


def check_agent_id(agent_id: str) -> None:
    """Do nothing if events can be about an agent of this id.

    Raises:
        InvalidInput: If it is empty, or no event could have it.
    """
    if not agent_id or not _is_text(agent_id):
        raise InvalidInput.of("agent_id", f"must be 1 to {MAX_TEXT} characters, none of them a control character")


def body_digest(event: Event) -> bytes:
    """Return 16 bytes of BLAKE2b (RFC 7693) over an event as it was sent: the same event sent again has the same."""
    sent = repr(_as_sent(event)).encode("utf-8", "surrogatepass")
    return blake2b(sent, digest_size=_DIGEST_BYTES).digest()


def fixed_point(amount: float) -> int:
    """Return an amount in whole ten-thousandths, ``NO_NUMBER`` for infinity and what is no number."""
    try:
        return round(amount * FIXED_POINT)
    except (ValueError, OverflowError):
        return NO_NUMBER


def microseconds_of(moment: datetime) -> int:
    """Return an aware moment as events have it."""
    return (moment - _EPOCH) // _MICROSECOND


class Moment(Enum):
    """What the clock makes of an event."""

    AS_SENT = "as_sent"
    NOW = "now"
    """It did not say when."""
    ADJUSTED = "adjusted"
    """A little ahead of our clock: it happens when it is recorded."""
    TOO_FAR_AHEAD = "too_far_ahead"
    TOO_OLD = "too_old"


def judge_moment(occurred_us: int, recorded_us: int) -> Moment:
    """Return what to make of the moment an event says it happened at, 0 for none, when it is recorded at another."""
    if recorded_us - OLDEST_US <= occurred_us <= recorded_us:
        return Moment.AS_SENT
    if occurred_us == 0:
        return Moment.NOW
    if occurred_us < recorded_us:
        return Moment.TOO_OLD
    return Moment.ADJUSTED if occurred_us <= recorded_us + CLOCK_TOLERANCE_US else Moment.TOO_FAR_AHEAD


def _is_right(event: Event) -> bool:
    """Tell quickly what nearly every event is."""
    return (
        _is_identifier(event.event_id) is not None
        and _is_identifier(event.lead_id) is not None
        and event.kind in _KINDS
        and (event.positive is not None or event.kind not in _SAY_WHICH)
        and (not event.item_id or _is_identifier(event.item_id) is not None)
        and _is_text(event.session_id)
        and _is_text(event.agent_id)
        and event.page_type in _PAGES
        and event.device in _DEVICES
        and event.referrer in _REFERRERS
        and 0 <= event.occurred_us < _LATEST_US
        and (event.duration_ms is None or 0 <= event.duration_ms <= MAX_DURATION_MS)
        and (event.price_e4 is None or 0 <= event.price_e4 <= MAX_AMOUNT_E4)
        and (event.value_e4 is None or -MAX_AMOUNT_E4 <= event.value_e4 <= MAX_AMOUNT_E4)
        and (event.quantity is None or 1 <= event.quantity <= MAX_QUANTITY)
        and (not event.query or _is_query(event.query))
    )


def _violations(event: Event) -> tuple[Violation, ...]:
    """Name everything that is broken, under the names of the wire."""
    named = "must be one that the contract names"
    rules = (
        (_is_identifier(event.event_id) is not None, "event_id", IDENTIFIER_RULE),
        (_is_identifier(event.lead_id) is not None, "lead_id", IDENTIFIER_RULE),
        (event.kind in _KINDS, "kind", named),
        (event.positive is not None or event.kind not in _SAY_WHICH, "positive", "must be given for this kind"),
        (not event.item_id or _is_identifier(event.item_id) is not None, "item_id", IDENTIFIER_RULE),
        (_is_text(event.session_id), "session_id", _TEXT_RULE),
        (_is_text(event.agent_id), "agent_id", _TEXT_RULE),
        (event.page_type in _PAGES, "page_type", named),
        (event.device in _DEVICES, "device", named),
        (event.referrer in _REFERRERS, "referrer", named),
        (0 <= event.occurred_us < _LATEST_US, "occurred_time", "must be between 1970-01-01 and 2100-01-01"),
        (_between(event.duration_ms, 0, MAX_DURATION_MS), "duration", "must be 0 to 24 hours"),
        (_between(event.price_e4, 0, MAX_AMOUNT_E4), "price", "must be 0 to 1e12"),
        (_between(event.value_e4, -MAX_AMOUNT_E4, MAX_AMOUNT_E4), "value", "must be -1e12 to 1e12"),
        (_between(event.quantity, 1, MAX_QUANTITY), "quantity", f"must be 1 to {MAX_QUANTITY:,}"),
        (_is_query(event.query), "query", f"must be at most {MAX_QUERY:,} characters, without NUL"),
    )
    return tuple(Violation(field=field, rule=rule) for holds, field, rule in rules if not holds)


def _is_text(value: str) -> bool:
    return not value or (len(value) <= MAX_TEXT and value.isprintable())


def _is_query(value: str) -> bool:
    return len(value) <= MAX_QUERY and "\x00" not in value


def _between(value: int | None, lowest: int, highest: int) -> bool:
    return value is None or lowest <= value <= highest
