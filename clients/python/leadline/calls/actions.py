"""Says what to do next, and is told what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from leadline.convert.enums import enum_number, enum_table
from leadline.convert.next_actions import next_actions_from_wire
from leadline.convert.times import time_to_wire
from leadline.errors import InvalidRequest, LeadlineError, Violation
from leadline.next_actions import ActionOutcome, NextBestActions
from leadline.transport import Transport
from leadline.v1 import action_pb2
from leadline.v1 import intelligence_service_pb2 as pb

_OUTCOMES: Final = enum_table(action_pb2.ActionOutcome.items(), "ACTION_OUTCOME_", ActionOutcome)


class ActionCalls:
    """Says what to do next, and is told what became of it."""

    _transport: Transport

    def next_best_actions(
        self,
        lead_id: str,
        *,
        agent_id: str = "",
        limit: int = 0,
        channels: Sequence[str] = (),
        explain: bool = False,
        catalog_version: int = 0,
        model_version: str = "",
        experiment: str = "",
        unit_id: str = "",
        timeout: timedelta | None = None,
    ) -> NextBestActions:
        """Rank what to do next for a lead.

        Args:
            lead_id: Stored, or one with events.
            agent_id: Who would act, for caps per agent; empty: nobody's caps.
            limit: At most this many, up to 25; 0 means 3.
            channels: Only on these; empty: all.
            explain: Also say why every other action was left out.
            catalog_version: Catalogue to try; 0: the one in use.
            model_version: Ranker to answer with; empty means the active one. Goes with no experiment.
            experiment: Answer with the ranker of the variant that the unit gets, and record its exposure.
            unit_id: Unit of the experiment; empty means the lead itself.
            timeout: Deadline of the call.

        Raises:
            NotFound: If the lead, the catalogue or the version is not known.
        """
        request = pb.NextBestActionsRequest(
            lead_id=lead_id,
            agent_id=agent_id,
            limit=limit,
            channels=channels,
            explain=explain,
            catalog_version=catalog_version,
            model_version=model_version,
            experiment=experiment,
            unit_id=unit_id,
        )
        method = self._transport.intelligence.NextBestActions
        return next_actions_from_wire(self._transport.call(method, request, timeout=timeout))

    def record_action_outcome(
        self,
        outcome: ActionOutcome,
        action_token: str = "",
        *,
        lead_id: str = "",
        action_id: str = "",
        outcome_time: datetime | None = None,
        value: float | None = None,
        agent_id: str = "",
        propensity: float | None = None,
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> str:
        """Tell what became of an action, and return the name of the record. It is on disk then.

        Args:
            outcome: What became of it.
            action_token: Of the recommended action; empty: ``lead_id`` and ``action_id`` say what it was.
            lead_id: The lead, without a token.
            action_id: The action, without a token.
            outcome_time: When, aware; None: now.
            value: What the conversion brought; None: the action's value in the catalogue.
            agent_id: Who acted.
            propensity: Probability in (0, 1] with which it was chosen elsewhere; only without a token.
            request_id: Idempotency key; None makes one. After a failure repeat with the ``request_id`` of the error.
            timeout: Deadline of the call.

        Raises:
            InvalidRequest: Names what is wrong.
            NotFound: If the lead or the action is not known.
        """
        key = request_id or uuid4().hex
        request = pb.RecordActionOutcomeRequest(
            request_id=key,
            action_token=action_token,
            lead_id=lead_id,
            action_id=action_id,
            outcome=action_pb2.ActionOutcome.ValueType(enum_number(_OUTCOMES, outcome, "outcome")),
            value=value,
            agent_id=agent_id,
            propensity=propensity,
        )
        if outcome_time is not None:
            try:
                request.outcome_time.CopyFrom(time_to_wire(outcome_time))
            except ValueError as problem:
                raise InvalidRequest.of([Violation(field="outcome_time", rule=str(problem))]) from None
        try:
            method = self._transport.intelligence.RecordActionOutcome
            return self._transport.call(method, request, timeout=timeout).outcome_id
        except LeadlineError as problem:
            problem.request_id = key
            raise
