"""What the server learns of actions: what became of them, and what they bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from core.actions.decision_log import DecisionRow
from core.actions.history import ContactHistory
from core.actions.known_action import KnownActions
from core.actions.ranker_artifact import read_ranker
from core.actions.recording import FactsOfLead, OutcomeRecording
from core.actions.serving import ActionEffects
from core.adapters.onnx_ranker import OnnxRanker
from core.adapters.sql.action_decision_store import SqlActionDecisions
from core.adapters.sql.action_outcome_store import SqlActionOutcomes
from core.adapters.sql.action_tally_reader import SqlActionTallies
from core.adapters.sql.contact_history import SqlContactHistory
from core.adapters.sql.database import Database
from core.adapters.write_behind import WriteBehind
from core.ports import Clock
from core.registry.model_registry import ModelRegistry
from core.scoring.token import TokenSigner
from server.observed.metrics import ServerMetrics
from server.running import Background

read_onnx_ranker = partial(read_ranker, open_graph=OnnxRanker)
"""Turns verified files into a ranker that can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLearning:
    """The use cases, and what they have in memory."""

    outcomes: OutcomeRecording
    history: ContactHistory
    effects: ActionEffects
    decisions: WriteBehind[DecisionRow]
    """``decisions.offer`` takes every answer; returns at once."""

    @property
    def background(self) -> Sequence[Background]:
        """What has threads of its own."""
        return (self.decisions,)

    def refresh(self) -> str | None:
        """Bring what is in memory up to the store; called a few times a second. Return a problem, if there is one."""
        return self.effects.refresh()


def build_action_learning(
    database: Database,
    registry: ModelRegistry,
    *,
    known: KnownActions,
    facts_of: FactsOfLead,
    signer: TokenSigner,
    metrics: ServerMetrics,
    clock: Clock,
) -> ActionLearning:
    """Put it together. Nothing connects yet.

    Args:
        database: Migrated.
        registry: Where rankers come from.
        known: Looks actions up.
        facts_of: What is known of a lead.
        signer: Reads the tokens of actions.
        metrics: Where what was logged is counted.
        clock: The present moment.
    """
    return ActionLearning(
        outcomes=OutcomeRecording(SqlActionOutcomes(database), known, signer.read, facts_of, clock),
        history=SqlContactHistory(database),
        effects=ActionEffects(registry, SqlActionTallies(database), read_onnx_ranker, clock),
        decisions=WriteBehind(
            SqlActionDecisions(database).append,
            metrics.actions.logged,
            metrics.actions.lost,
            name="action-decision-log",
        ),
    )
