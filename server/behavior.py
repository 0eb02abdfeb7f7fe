"""What the server knows of how leads behave: it records events, and reads what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from core.adapters.sql.database import Database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.interaction_store import SqlInteractionStore
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.served_vector_store import SqlServedVectorStore
from core.adapters.sql.state_store import SqlStateStore
from core.adapters.write_behind import WriteBehind
from core.behavior.event_log import RecordedEvents
from core.behavior.lead_features import LeadFeatures, ScalingOf, no_scaling
from core.behavior.lead_history import LeadKeeping
from core.behavior.lead_loading import LeadLoader
from core.behavior.live import LiveLeads
from core.behavior.live_entry import LiveEntry
from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import EventIntake
from core.behavior.served_vectors import ServedVector, VectorSampling
from core.behavior.verdict import Sent
from core.caller import Caller
from core.event import Event
from core.feedback.recording import ReadToken
from core.identifiers import TenantId
from core.interactions.pair_features import InteractionFeatures
from core.interactions.reading import InteractionReader
from core.ports import Clock
from core.recommend.lead_fold import InteractionFolds
from core.resilience.apart import problem_of
from server.observed.metrics import ServerMetrics
from server.running import Background
from server.settings import ServerSettings

OnRecorded = Callable[[TenantId, Sequence[Event]], str | None]
"""Told of events once they are on disk, by sequence; returns a problem, if there is one."""

log = structlog.get_logger("leadline.behavior")


def _tell_nobody(_tenant: TenantId, _events: Sequence[Event]) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """The use cases, and what they have in memory."""

    events: SqlEventLog
    intake: EventIntake
    live: LiveLeads
    """Leads in memory, with what recommenders know of them."""
    lead_features: LeadFeatures
    interaction_features: InteractionFeatures
    sampling: VectorSampling
    """Keeps a share of the features that are served."""
    on_recorded: OnRecorded = _tell_nobody
    background: Sequence[Background] = ()
    """With threads of their own."""

    def record(self, caller: Caller, request_id: str, events: Sequence[Sent]) -> RecordedEvents:
        """Record events, and let what is in memory know of them at once.

        Raises:
            LeadlineError: As :meth:`core.behavior.event_log.EventLog.append`.
        """
        done = self.events.append(caller, request_id, events)
        # They are on disk: whatever goes wrong here, the next look at the log finds them.
        problem = problem_of(lambda: self.on_recorded(caller.tenant, done.recorded)) if done.recorded else ""
        if problem:
            log.warning("events not told", problem=problem)
        return done

    def refresh(self) -> str | None:
        """Bring what is in memory up to the store; called a few times a second. Return a problem, if there is one."""
        return self.live.refresh()


def build_behavior(
    settings: ServerSettings,
    database: Database,
    metrics: ServerMetrics,
    clock: Clock,
    *,
    read_token: ReadToken,
    scaling_of: ScalingOf = no_scaling,
) -> Behavior:
    """Put it together. Nothing connects yet.

    Args:
        settings: What the operator set.
        database: Migrated.
        metrics: Where it is counted.
        clock: The present moment.
        read_token: Verifies attribution tokens.
        scaling_of: Says what features are scaled by.
    """
    events, leads = SqlEventLog(database, clock), SqlLeadStore(database, clock)
    counts = metrics.live_leads
    vectors = WriteBehind[ServedVector](
        SqlServedVectorStore(database).append, counts.vectors_written, counts.vectors_lost, name="served-vectors"
    )
    states = SqlStateStore(database, clock)

    def store(due: Sequence[LiveEntry]) -> None:
        live.store(due)

    storing = WriteBehind[LiveEntry](store, counts.states_written, counts.states_lost, name="lead-states")
    keeping = LeadKeeping(plan=LEAD_PLAN, folds=InteractionFolds())
    live = LiveLeads(LeadLoader(events, states, keeping), events, states, offer=storing.offer)
    metrics.sampler.watch(counts.in_memory, lambda: len(live.memory))
    sampling = VectorSampling(settings.served_vector_share, vectors.offer)
    return Behavior(
        events=events,
        intake=EventIntake(read_token),
        live=live,
        lead_features=LeadFeatures(live=live, leads=leads, sampling=sampling, clock=clock, scaling_of=scaling_of),
        interaction_features=InteractionFeatures(
            reader=InteractionReader(SqlInteractionStore(database, clock)), leads=leads, clock=clock
        ),
        sampling=sampling,
        on_recorded=live.recorded,
        background=(vectors, storing),
    )
