"""What tests tell of actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.actions.action_token import ShownAction
from core.actions.decision_log import DecisionRow, LoggedAction
from core.actions.known_action import KnownAction
from core.actions.outcome import ActionOutcome
from core.actions.recording import OutcomeRecording, ToldOutcome
from core.adapters.sql.action_outcome_store import SqlActionOutcomes
from core.adapters.sql.lead_store import SqlLeadStore
from core.caller import Caller
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadWrite
from core.scoring.token import TokenSigner

ACME = Caller(tenant=TenantId("acme"), actor="tests")
SIGNER = TokenSigner(b"k" * 32)
GROUPS = {"call": "talk", "meet": "talk", "mail": "write"}


class SomeActions:
    """Knows three actions."""

    def find(self, tenant: TenantId, action_id: str) -> KnownAction | None:
        if action_id not in GROUPS:
            return None
        return KnownAction(action_id=action_id, group=GROUPS[action_id], channel=action_id, value=100.0, cost=1.0)


class Teller:
    """Tells what became of actions, to a real store.

    Args:
        database: The store.
        clock: The present moment, which it moves.
        facts: What is known of every lead.
    """

    def __init__(self, database, clock, facts=None) -> None:
        self.clock = clock
        self.leads = SqlLeadStore(database, clock)
        self.facts = facts or {"lead.price": 10.0, "health.level": "ENGAGED", "lead.title": "A name"}
        self.recording = OutcomeRecording(
            SqlActionOutcomes(database), SomeActions(), SIGNER.read, self._facts_of, clock
        )
        self._number = 0

    def lead(self, *lead_ids: str, caller: Caller = ACME, owner_id: str = "") -> None:
        writes = [LeadWrite(lead=Lead(lead_id=LeadId(one), title="Lead", owner_id=owner_id)) for one in lead_ids]
        self._number += 1
        self.leads.upsert(caller, f"leads-{self._number}", writes)

    def tell(self, outcome: str, lead_id: str = "", action_id: str = "", *, caller: Caller = ACME, **said) -> str:
        """Tell it, by default as a request of its own, and return the id of the record."""
        self._number += 1
        said.setdefault("request_id", f"r{self._number}")
        told = ToldOutcome(outcome=ActionOutcome(outcome), lead_id=lead_id, action_id=action_id, **said)
        return self.recording.record(caller, told)

    def ago(self, days: float) -> datetime:
        return self.clock.now - timedelta(days=days)

    def _facts_of(self, caller: Caller, lead_id: LeadId):
        self.leads.get(caller.tenant, lead_id)
        return self.facts


def token(decision_id: str, lead_id: str, action_id: str, moment: datetime, *, propensity=0.25, tenant="acme") -> str:
    """Return the token of a recommended action."""
    shown = ShownAction(
        decision_id=decision_id,
        tenant=tenant,
        lead_id=lead_id,
        action_id=action_id,
        version="",
        propensity=propensity,
        decide_time=moment,
    )
    return SIGNER.sign(shown.attribution())


def decision(decision_id: str, lead_id: str, chances: dict[str, float], moment: datetime, shown: Sequence[str] = ()):
    """Return an answer, the likeliest action first unless ``shown`` says otherwise."""
    candidates = [
        LoggedAction(action_id, GROUPS.get(action_id, ""), action_id, chance, 1.0, 100.0, 1.0)
        for action_id, chance in chances.items()
    ]
    return DecisionRow(
        tenant=ACME.tenant,
        decision_id=decision_id,
        lead_id=LeadId(lead_id),
        agent_id="",
        catalog_version=1,
        version="",
        basis="priority",
        decide_time=moment,
        experiment="",
        variant="",
        exploration=0.1,
        candidates=candidates,
        shown=list(shown) or [max(chances, key=chances.get)],
        facts={"lead.price": 10.0, "health.hot": True},
    )
