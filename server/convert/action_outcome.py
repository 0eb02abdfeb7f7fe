"""What became of actions."""

from __future__ import annotations

from leadline.v1 import action_pb2, intelligence_service_pb2

from core.actions.outcome import ActionOutcome
from core.actions.recording import ToldOutcome
from core.errors import InvalidInput
from server.convert.times import time_from_wire

_OUTCOMES = {
    action_pb2.ActionOutcome.Value(f"ACTION_OUTCOME_{outcome.value.upper()}"): outcome for outcome in ActionOutcome
}
_NAMES = ", ".join(outcome.value.upper() for outcome in ActionOutcome)


def outcome_from_wire(request: intelligence_service_pb2.RecordActionOutcomeRequest) -> ToldOutcome:
    """Return what a request tells.

    Raises:
        InvalidInput: If its outcome or its time is none.
    """
    outcome = _OUTCOMES.get(request.outcome)
    if outcome is None:
        raise InvalidInput.of("outcome", f"must be one of {_NAMES}")
    says_when = request.HasField("outcome_time")
    return ToldOutcome(
        request_id=request.request_id,
        outcome=outcome,
        action_token=request.action_token,
        lead_id=request.lead_id,
        action_id=request.action_id,
        outcome_time=time_from_wire(request.outcome_time, "outcome_time") if says_when else None,
        value=request.value if request.HasField("value") else None,
        agent_id=request.agent_id,
        propensity=request.propensity if request.HasField("propensity") else None,
    )
