"""Makes what somebody tells fit to be kept: checked, joined to what was shown, without anybody's address in clear."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Protocol

from core.caller import Caller
from core.errors import InvalidInput
from core.feedback.confidence import confidence
from core.feedback.feedback import Feedback
from core.feedback.problems import Problems
from core.feedback.told import FeedbackWrite, ToldFeedback
from core.identifiers import LeadId, TenantId, check_identifier
from core.ports import Clock
from core.pseudonym import keyed_name
from core.version import NEXT_ACTION, RECOMMENDATION

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of ours a caller's clock may be."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
ANALYSIS = "analysis"
"""Source of the tokens of analyses of conversations: they vouch for an answer, not for a score."""
MAX_TEXT = 128
"""Most characters of a session's and an agent's id."""
MAX_USER_AGENT = 1_000
SCORE_TOLERANCE = 1e-5
"""A token keeps six decimals of the score."""

_USER_AGENT = b"leadline feedback user agent"
_ADDRESS = b"leadline feedback address"


class Shown(Protocol):
    """What an attribution token says was shown. :class:`core.scoring.token.Attribution` is one."""

    @property
    def token_id(self) -> str:
        """Id of the token."""

    @property
    def tenant(self) -> str:
        """Who it was shown to."""

    @property
    def lead_id(self) -> str:
        """Whose score it was."""

    @property
    def model_version(self) -> str:
        """What computed it."""

    @property
    def source(self) -> str:
        """What gave the answer; :data:`core.version.RECOMMENDATION` if it was a recommendation and no score."""

    @property
    def score(self) -> float:
        """The score, 0 to 100."""


ReadToken = Callable[[str], Shown]
"""Returns what a token says; raises InvalidInput if this service did not sign it."""


class FeedbackIntake:
    """Turns what is told into what is kept.

    Args:
        read_token: Verifies attribution tokens.
        secret: Key of the pseudonyms, at least 32 bytes.
        clock: The present moment.
    """

    def __init__(self, read_token: ReadToken, secret: bytes, clock: Clock) -> None:
        self._read_token = read_token
        self._secret = secret
        self._clock = clock

    def accept(
        self, caller: Caller, told: ToldFeedback, *, method: str, request_id: str, position: int = 0
    ) -> FeedbackWrite:
        """Return it fit to be kept.

        Args:
            caller: Who tells it.
            told: What is told.
            method: How it is told; with ``request_id`` and ``position`` it gives feedback without an id a stable one.
            request_id: The request it came with.
            position: Its place in the request, from 0.

        Raises:
            InvalidInput: Names every broken field as the wire does.
        """
        problems = Problems()
        now = self._clock()
        lead_id = problems.of(lambda: check_identifier(told.lead_id, "lead_id"), "")
        shown = problems.of(lambda: self._shown(caller, told), None)
        feedback_id = problems.of(lambda: _feedback_id(told, method, request_id, position), "")
        occurred_time = problems.of(lambda: _occurred_time(told, now), now)
        scored = None if shown is None or shown.source == ANALYSIS else shown
        agent_id = problems.of(lambda: _agent_id(caller, told.agent_id), "")
        user_agent = problems.of(lambda: self._user_agent_name(caller.tenant, told.user_agent), "")
        address = problems.of(lambda: self._address_name(caller.tenant, told.ip_address), "")
        problems.of(lambda: check_text(told.session_id, "session_id"), "")
        feedback = problems.of(
            lambda: Feedback(
                feedback_id=feedback_id,
                lead_id=LeadId(lead_id),
                action=told.action,
                user_rating=told.user_rating,
                interaction_duration=told.interaction_duration,
                contact_successful=told.contact_successful,
                contact_response_time=told.contact_response_time,
                conversion_value=told.conversion_value,
                session_id=told.session_id,
                source=told.source,
                agent_id=agent_id,
                model_version=told.model_version if scored is None else scored.model_version,
                shown_score=told.shown_score if scored is None else scored.score,
                token_id="" if shown is None else shown.token_id,
                occurred_time=occurred_time,
                user_agent_pseudonym=user_agent,
                address_pseudonym=address,
            ),
            None,
        )
        if problems.found or feedback is None:
            raise InvalidInput(problems.found)
        return FeedbackWrite(
            feedback=feedback, says_when=told.occurred_time is not None, confidence=confidence(feedback)
        )

    def _shown(self, caller: Caller, told: ToldFeedback) -> Shown | None:
        if not told.attribution_token:
            _check_version(told)
            return None
        shown = self._read_token(told.attribution_token)
        # The same words for every token that is not right, so that nobody learns what a foreign one says.
        if (shown.tenant, shown.lead_id) != (caller.tenant, told.lead_id):
            raise InvalidInput.of("attribution_token", "must be a token this service gave out for this lead")
        if shown.source == RECOMMENDATION:
            # Its score is an item's: as the lead's it would be learned from, and judged by.
            raise InvalidInput.of("attribution_token", "must be of a score; a recommendation's belongs to events")
        if shown.source == NEXT_ACTION:
            raise InvalidInput.of("attribution_token", "must be of a score; an action's belongs to RecordActionOutcome")
        if shown.source == ANALYSIS:
            _check_version(told)
            return shown
        if told.model_version not in {"", shown.model_version}:
            raise InvalidInput.of("model_version", "must be left out, or be what the attribution token says")
        if told.shown_score is not None and not abs(told.shown_score - shown.score) <= SCORE_TOLERANCE:
            raise InvalidInput.of("shown_score", "must be left out, or be what the attribution token says")
        return shown

    def _user_agent_name(self, tenant: TenantId, user_agent: str) -> str:
        if len(user_agent) > MAX_USER_AGENT:
            raise InvalidInput.of("user_agent", f"must be at most {MAX_USER_AGENT:,} characters")
        return keyed_name(self._secret, _USER_AGENT, tenant, user_agent) if user_agent else ""

    def _address_name(self, tenant: TenantId, address: str) -> str:
        return keyed_name(self._secret, _ADDRESS, tenant, _canonical(address)) if address else ""


def _check_version(told: ToldFeedback) -> None:
    if told.model_version:
        check_identifier(told.model_version, "model_version")


def check_text(value: str, field: str) -> str:
    """Return a session's or agent's id if it is one, or "".

    Raises:
        InvalidInput: If it is too long or holds characters that cannot be shown.
    """
    if len(value) > MAX_TEXT or not value.isprintable():
        raise InvalidInput.of(field, f"must be at most {MAX_TEXT} characters, none of them a control character")
    return value


def _feedback_id(told: ToldFeedback, method: str, request_id: str, position: int) -> str:
    if told.feedback_id:
        return check_identifier(told.feedback_id, "feedback_id")
    origin = f"{method}\x00{request_id}\x00{position}".encode("utf-8", "surrogatepass")
    return f"fb-{hashlib.sha256(origin).hexdigest()[:32]}"


def _occurred_time(told: ToldFeedback, now: datetime) -> datetime:
    moment = told.occurred_time
    if moment is None:
        return now
    if moment < EARLIEST:
        raise InvalidInput.of("occurred_time", "must not be before 1970-01-01")
    if moment > now + CLOCK_TOLERANCE:
        raise InvalidInput.of("occurred_time", "must be at most 5 minutes in the future")
    return moment


def _agent_id(caller: Caller, said: str) -> str:
    """Return whose action it is. A seller speaks for itself: labels count each agent's word up to a cap."""
    if caller.owner_id:
        if said not in {"", caller.owner_id}:
            raise InvalidInput.of("agent_id", "must be empty or your own")
        return caller.owner_id
    return check_text(said, "agent_id") or caller.actor[:MAX_TEXT]


def _canonical(address: str) -> str:
    """Return one spelling for every spelling of an address."""
    try:
        found = ip_address(address)
    except ValueError:
        raise _address_error() from None
    # An address with a zone, "fe80::1%eth0", means nothing on another machine.
    if "%" in address:
        raise _address_error()
    return str(_unmapped(found))


def _address_error() -> InvalidInput:
    return InvalidInput.of("ip_address", "must be an IPv4 or IPv6 address")


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
