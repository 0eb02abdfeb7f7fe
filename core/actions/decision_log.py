"""What was recommended to do, as logged: outcomes join it by its id, and other rankers are judged by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from core.criteria.facts import Facts
from core.identifiers import LeadId, TenantId


class LoggedAction(NamedTuple):
    """An action that could have been put first."""

    action_id: str
    group: str
    channel: str
    propensity: float
    """Probability with which it was put first, in [0, 1]; over all candidates of an answer they sum to 1."""
    rank_score: float
    value: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One answer."""

    tenant: TenantId
    decision_id: str
    lead_id: LeadId
    agent_id: str
    catalog_version: int
    version: str
    """Of the ranker; "" without one."""
    basis: str
    """What the order rests on, the wire's name in lower case without its prefix ("incremental_value", ...)."""
    decide_time: datetime
    experiment: str
    variant: str
    exploration: float
    """Probability with which the first place was given by chance."""
    candidates: Sequence[LoggedAction]
    """Every action that passed all rules."""
    shown: Sequence[str]
    """Ids of the actions of the answer, in their order."""
    facts: Facts
    """What was known of the lead; see :func:`core.actions.context.kept_facts`."""


class DecisionLog(Protocol):
    """Keeps answers."""

    def append(self, rows: Sequence[DecisionRow]) -> None:
        """Write a batch. A row that is there already is left as it is; one of a lead erased since is not kept."""
