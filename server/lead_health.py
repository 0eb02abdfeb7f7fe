"""What the server says of how leads are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.adapters.sql.database import Database
from core.adapters.sql.lead_health_store import SqlLeadHealthStore
from core.adapters.write_behind import WriteBehind
from core.caller import Caller
from core.conversation.facts_store import ConversationFacts
from core.health.assessing import HealthDesk
from core.health.health import LeadHealth
from core.health.standing_store import NewReading
from core.health.unwritten import Unwritten
from core.ports import Clock
from core.scoring.scorer import Scorer
from server.behavior import Behavior
from server.observed.metrics import ServerMetrics
from server.running import Background


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHealthDesk:
    """The use case behind AssessHealth."""

    desk: HealthDesk
    readings: WriteBehind[NewReading]
    count: Callable[[LeadHealth], object]
    """Told of every assessment that a caller asked for."""

    def assess(self, caller: Caller, lead_id: str) -> LeadHealth:
        """Say how a lead is.

        Raises:
            LeadlineError: As :meth:`core.health.assessing.HealthDesk.assess`.
        """
        health = self.desk.assess(caller, lead_id).health
        self.count(health)
        return health

    @property
    def background(self) -> Sequence[Background]:
        """What has threads of its own."""
        return (self.readings,)

    def refresh(self) -> str | None:
        """Return what the last write met: nothing else has to be brought up to the store."""
        return self.readings.problem or None


def build_lead_health(
    database: Database,
    *,
    scorer: Scorer,
    behavior: Behavior,
    conversations: ConversationFacts,
    metrics: ServerMetrics,
    clock: Clock,
) -> LeadHealthDesk:
    """Put it together. Nothing connects yet.

    Args:
        database: Migrated.
        scorer: Scores leads without showing or logging it: an assessment is not an answer that a seller acted on.
        behavior: What leads did.
        conversations: What they said.
        metrics: Where assessments are counted.
        clock: The present moment.
    """
    store, unwritten = SqlLeadHealthStore(database), Unwritten()
    readings = WriteBehind(store.advance, unwritten.written, metrics.lead_health.lost, name="lead-health")
    desk = HealthDesk(scorer, behavior.live, conversations, store, readings.offer, unwritten, clock)
    return LeadHealthDesk(desk=desk, readings=readings, count=metrics.lead_health.assessed)
