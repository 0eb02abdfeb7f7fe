"""What became of an action that was recommended, or taken all the same."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from core.criteria.facts import Facts
from core.errors import InvalidInput, Violation
from core.identifiers import LeadId, TenantId

LINK = "@"
"""A report whose ``decision_id`` begins so is about the contact that the report with the id behind it began."""
LATE = "@late"
"""``decision_id`` of an end that came when the action's outcome window had passed: it is nobody's."""
MOST_VALUE = 1e12
"""Largest value of a conversion, in the tenant's currency."""


class ActionOutcome(Enum):
    """What became of it. Values are the wire's names in lower case."""

    ACCEPTED = "accepted"
    """It was taken."""
    REJECTED = "rejected"
    """Never again for this lead."""
    NOT_NOW = "not_now"
    """Not now; it comes back by and by."""
    CONVERTED = "converted"
    """It was taken and the lead converted."""
    NOT_CONVERTED = "not_converted"
    """It was taken and the lead did not convert, as is known now."""


TAKEN = frozenset([ActionOutcome.ACCEPTED, ActionOutcome.CONVERTED, ActionOutcome.NOT_CONVERTED])
"""Outcomes of actions that were taken: the lead was contacted."""
ENDED = frozenset([ActionOutcome.CONVERTED, ActionOutcome.NOT_CONVERTED])
"""Outcomes that say how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReport:
    """One report of what became of an action, as kept.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    tenant: TenantId
    outcome_id: str
    lead_id: LeadId
    action_id: str
    group: str
    """Of the action when it was reported; "" for none."""
    channel: str
    """Of the action when it was reported; "" for none."""
    outcome: ActionOutcome
    outcome_time: datetime
    record_time: datetime
    agent_id: str = ""
    decision_id: str = ""
    """The answer that recommended it; "" if none did."""
    propensity: float | None = None
    """Probability with which it was put first, or chosen elsewhere, in (0, 1]; None where it is not known, or where it
    was recommended in another place than the first."""
    value: float | None = None
    """What a conversion brought, in the tenant's currency, >= 0; None for other outcomes."""
    context: Facts | None = None
    """What was known of the lead; None where the decision says so."""

    def __post_init__(self) -> None:
        propensity, value = self.propensity, self.value
        broken = [
            Violation(field=name, rule=rule)
            for name, holds, rule in (
                ("propensity", propensity is None or 0.0 < propensity <= 1.0, "must be above 0 and at most 1"),
                ("value", value is None or _is_amount(value), f"must be 0 to {MOST_VALUE:,.0f}"),
            )
            if not holds
        ]
        if broken:
            raise InvalidInput(broken)


def outcome_id_of(request_id: str) -> str:
    """Return the id of what a request reports: the same for the same request."""
    return f"outcome-{hashlib.sha256(request_id.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _is_amount(value: float) -> bool:
    return math.isfinite(value) and 0.0 <= value <= MOST_VALUE
