"""What the server makes of conversations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.adapters.sql.database import Database
from core.adapters.sql.insight_type_store import SqlInsightTypeStore
from core.caller import Caller
from core.conversation.analysing import Analyzer, ReadsTurns
from core.conversation.analysis import Analysis, Wanted
from core.conversation.insights.finding import InsightFinder
from core.conversation.insights.live import LiveInsightTypes
from core.conversation.insights.registering import InsightTypeDesk
from core.conversation.lead_picture import LooksAtLeads
from core.conversation.within import ExperimentAnalyzer
from core.criteria.facts import Facts
from core.health.assessing import Assessed
from core.health.fields import ALL_FIELDS
from core.identifiers import LeadId
from core.ports import Clock
from core.scoring.token import TokenSigner
from server.conversation_facts import KeptFacts
from server.convert.message_reading import written_reading
from server.experiments import Experiments
from server.observed.analysis_metrics import AnalysisMetrics
from server.running import Background
from server.stored_conversations import StoredConversations

Assess = Callable[[Caller, str], Assessed]
"""Says how a lead is."""


@dataclass(frozen=True, slots=True)
class AssessedFacts:
    """Implements :class:`core.conversation.lead_picture.KnowsFacts` by assessing the lead."""

    assess: Assess

    def facts(self, caller: Caller, lead_id: LeadId) -> Facts:
        """Return what is known of a lead."""
        return self.assess(caller, lead_id).facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The use cases behind Analyze, insight types and stored conversations."""

    analyzer: ExperimentAnalyzer
    types: InsightTypeDesk
    live_types: LiveInsightTypes
    facts: KeptFacts
    stored: StoredConversations
    counts: AnalysisMetrics

    @property
    def background(self) -> Sequence[Background]:
        """What has threads of its own."""
        return (self.facts.log, *self.stored.background)

    def analyze(self, caller: Caller, wanted: Wanted, *, experiment: str, unit_id: str) -> Analysis:
        """Analyse a conversation, and count it.

        Raises:
            LeadlineError: As :meth:`core.conversation.within.ExperimentAnalyzer.analyze`.
        """
        answer = self.analyzer.analyze(caller, wanted, experiment=experiment, unit_id=unit_id)
        self.counts.analyzed(answer)
        return answer

    def refresh(self) -> str | None:
        """Bring what is in memory up to the store; called a few times a second. Return a problem, if there is one."""
        return self.live_types.refresh() or self.facts.log.problem or None


def build_conversation(
    database: Database,
    *,
    heads: ReadsTurns,
    leads: LooksAtLeads,
    assess: Assess,
    experiments: Experiments,
    facts: KeptFacts,
    stored: StoredConversations,
    signer: TokenSigner,
    counts: AnalysisMetrics,
    clock: Clock,
) -> Conversation:
    """Put it together. Nothing connects yet.

    Args:
        database: Migrated.
        heads: Reads messages.
        leads: Looks up whom a conversation is with.
        assess: Says how a lead is, where a tenant's own kinds of insights look at that.
        experiments: Says which variants units get.
        facts: Takes what is said of leads.
        stored: Keeps messages, for tenants who want that.
        signer: Signs what was shown.
        counts: Where analyses are counted.
        clock: The present moment.
    """
    types = SqlInsightTypeStore(database, clock)
    live = LiveInsightTypes(types)
    analyzer = Analyzer(
        heads=heads,
        write=written_reading,
        leads=leads,
        insights=InsightFinder(live.of, AssessedFacts(assess)),
        tokens=signer,
        keep_facts=facts.known.add,
        keep_messages=stored.keeping,
        clock=clock,
    )
    return Conversation(
        analyzer=ExperimentAnalyzer(analyzer, experiments.exposing),
        types=InsightTypeDesk(types, ALL_FIELDS, live.changed),
        live_types=live,
        facts=facts,
        stored=stored,
        counts=counts,
    )
