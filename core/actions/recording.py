"""The use case behind RecordActionOutcome: what somebody tells of an action, checked and joined to what was shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from core.actions.action_token import ReadToken, ShownAction, read_action_token
from core.actions.context import kept_facts, lead_facts
from core.actions.known_action import KnownAction, KnownActions
from core.actions.outcome import ENDED, LATE, MOST_VALUE, ActionOutcome, OutcomeReport, outcome_id_of
from core.caller import Caller
from core.criteria.facts import Facts
from core.errors import InvalidInput, NotFound
from core.feedback.problems import Problems
from core.feedback.recording import CLOCK_TOLERANCE, check_text
from core.identifiers import LeadId, check_identifier
from core.ports import Clock

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

FactsOfLead = Callable[[Caller, LeadId], Facts]
"""Returns what is known of a lead now; raises NotFound if the caller may not know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOutcome:
    """What a request tells, unchecked."""

    request_id: str
    outcome: ActionOutcome
    action_token: str = ""
    lead_id: str = ""
    action_id: str = ""
    outcome_time: datetime | None = None
    value: float | None = None
    agent_id: str = ""
    propensity: float | None = None

    def body(self) -> Sequence[str | float | None]:
        """Return all that two requests with one id must have in common."""
        moment = None if self.outcome_time is None else self.outcome_time.isoformat()
        told = (self.action_token, self.lead_id, self.action_id, self.outcome.value, moment, self.value)
        return [*told, self.agent_id, self.propensity]


class OutcomeStore(Protocol):
    """Keeps reports. A call that returns has committed."""

    def record(self, caller: Caller, told: ToldOutcome, report: OutcomeReport) -> str:
        """Keep a report and return its id; the same request again gives the first answer without a second effect.

        Raises:
            NotFound: If the caller may not know of the lead: it is neither stored nor has events, or is another's.
            AlreadyExists: If the request id was used for something else.
        """

    def recorded(self, caller: Caller, told: ToldOutcome) -> str | None:
        """Return the id that the same request got before, None if it never came.

        Raises:
            AlreadyExists: If the request id was used for something else.
        """


class OutcomeRecording:
    """Records what became of actions.

    Args:
        store: Where to.
        known: Looks actions up.
        read_token: Verifies tokens.
        facts_of: What is known of a lead, for actions that no answer recommended.
        clock: The present moment.
    """

    def __init__(
        self, store: OutcomeStore, known: KnownActions, read_token: ReadToken, facts_of: FactsOfLead, clock: Clock
    ) -> None:
        self._store = store
        self._known = known
        self._read_token = read_token
        self._facts_of = facts_of
        self._clock = clock

    def record(self, caller: Caller, told: ToldOutcome) -> str:
        """Record one report and return its id.

        Raises:
            InvalidInput: Names every broken field as the wire does.
            NotFound: If the action is not in the catalogue and no token names it, or the lead is not known to the
                caller.
            AlreadyExists: If the request id was used for another report.
        """
        try:
            report = self._report(caller, told)
        except NotFound:
            # The action or the lead may be gone since the request came first: again it gets what it got then.
            before = self._store.recorded(caller, told)
            if before is None:
                raise
            return before
        return self._store.record(caller, told, report)

    def _report(self, caller: Caller, told: ToldOutcome) -> OutcomeReport:
        now = self._clock()
        shown = self._shown(caller, told)
        known = self._checked(caller, told, shown, now)
        moment = told.outcome_time or now
        return OutcomeReport(
            tenant=caller.tenant,
            outcome_id=outcome_id_of(told.request_id),
            lead_id=LeadId(told.lead_id if shown is None else shown.lead_id),
            action_id=known.action_id,
            group=known.group,
            channel=known.channel,
            outcome=told.outcome,
            outcome_time=moment,
            record_time=now,
            agent_id=_agent_id(caller, told.agent_id),
            decision_id="" if shown is None else _decision_of(shown, told.outcome, moment, known),
            propensity=told.propensity if shown is None else shown.propensity,
            value=_value(told, known),
            context=self._context(caller, told) if shown is None else None,
        )

    def _shown(self, caller: Caller, told: ToldOutcome) -> ShownAction | None:
        if not told.action_token:
            return None
        shown = read_action_token(self._read_token, told.action_token)
        if shown.tenant != caller.tenant:
            raise InvalidInput.of("action_token", "must be a token this service gave out with an action of your own")
        return shown

    def _checked(self, caller: Caller, told: ToldOutcome, shown: ShownAction | None, now: datetime) -> KnownAction:
        problems = Problems()
        problems.of(lambda: check_identifier(told.request_id, "request_id"), "")
        problems.of(lambda: _check_subject(told, shown), None)
        problems.of(lambda: _check_time(told.outcome_time, shown, now), None)
        problems.of(lambda: _check_numbers(told), None)
        problems.of(lambda: _agent_id(caller, told.agent_id), "")
        problems.raise_found()
        action_id = told.action_id if shown is None else shown.action_id
        known = self._known.find(caller.tenant, action_id)
        if known is None and shown is None:
            raise NotFound("action", action_id)
        # It was recommended, and taken out of the catalogue since.
        return known or KnownAction(action_id=action_id, group="", channel="", value=0.0, cost=0.0)

    def _context(self, caller: Caller, told: ToldOutcome) -> Facts:
        facts = self._facts_of(caller, LeadId(told.lead_id))
        # What a lead did and how it is may, at the end, already be what came of the action.
        return kept_facts(lead_facts(facts) if told.outcome in ENDED else facts)


def _check_subject(told: ToldOutcome, shown: ShownAction | None) -> None:
    if shown is None:
        check_identifier(told.lead_id, "lead_id")
        check_identifier(told.action_id, "action_id")
        return
    for field, said, truth in (
        ("lead_id", told.lead_id, shown.lead_id),
        ("action_id", told.action_id, shown.action_id),
    ):
        if said not in {"", truth}:
            raise InvalidInput.of(field, "must be empty with a token, or be what the token says")
    if told.propensity is not None:
        raise InvalidInput.of("propensity", "must be left out with a token, which says it")


def _check_time(moment: datetime | None, shown: ShownAction | None, now: datetime) -> None:
    if moment is None:
        return
    if moment < EARLIEST:
        raise InvalidInput.of("outcome_time", "must not be before 1970-01-01")
    if moment > now + CLOCK_TOLERANCE:
        raise InvalidInput.of("outcome_time", "must be at most 5 minutes in the future")
    if shown is not None and moment < shown.decide_time - CLOCK_TOLERANCE:
        raise InvalidInput.of("outcome_time", "must not be before the action was recommended")


def _check_numbers(told: ToldOutcome) -> None:
    if told.value is not None and told.outcome is not ActionOutcome.CONVERTED:
        raise InvalidInput.of("value", "must be left out unless the lead converted")
    if told.value is not None and not 0.0 <= told.value <= MOST_VALUE:
        raise InvalidInput.of("value", "must be 0 to 1,000,000,000,000")
    if told.propensity is not None and not 0.0 < told.propensity <= 1.0:
        raise InvalidInput.of("propensity", "must be above 0 and at most 1")


def _decision_of(shown: ShownAction, outcome: ActionOutcome, moment: datetime, known: KnownAction) -> str:
    late = outcome in ENDED and moment - shown.decide_time > known.outcome_window
    return LATE if late else shown.decision_id


def _value(told: ToldOutcome, known: KnownAction) -> float | None:
    if told.outcome is not ActionOutcome.CONVERTED:
        return None
    return known.value if told.value is None else told.value


def _agent_id(caller: Caller, said: str) -> str:
    """Return who acted. A seller speaks for itself: caps count what each agent does."""
    if caller.owner_id:
        if said not in {"", caller.owner_id}:
            raise InvalidInput.of("agent_id", "must be empty or your own")
        return caller.owner_id
    return check_text(said, "agent_id")
