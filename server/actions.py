"""What the server says to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.actions.catalogs import ActionCatalogs
from core.actions.deciding import ActionDecider, Assess
from core.actions.publishing import CatalogPublishing
from core.actions.within import ExperimentDecider
from core.adapters.sql.action_catalog_store import SqlActionCatalogStore
from core.adapters.sql.database import Database
from core.health.fields import ALL_FIELDS
from core.ports import Clock
from core.registry.model_registry import ModelRegistry
from core.scoring.token import TokenSigner
from server.action_learning import ActionLearning, build_action_learning
from server.experiments import Experiments
from server.observed.metrics import ServerMetrics
from server.running import Background


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The use cases behind NextBestActions, its outcomes, and catalogues of actions."""

    decider: ExperimentDecider
    publishing: CatalogPublishing
    catalogs: ActionCatalogs
    learning: ActionLearning

    @property
    def background(self) -> Sequence[Background]:
        """What has threads of its own."""
        return self.learning.background

    def refresh(self) -> str | None:
        """Bring what is in memory up to the store; called a few times a second. Return a problem, if there is one."""
        problems = (self.catalogs.refresh(), self.learning.refresh())
        return next(filter(None, problems), None)


def build_actions(
    database: Database,
    registry: ModelRegistry,
    *,
    assess: Assess,
    experiments: Experiments,
    signer: TokenSigner,
    metrics: ServerMetrics,
    clock: Clock,
) -> Actions:
    """Put it together. Nothing connects yet.

    Args:
        database: Migrated.
        registry: Where rankers come from.
        assess: What is known of leads.
        experiments: Says which variants units get.
        signer: Signs what is recommended.
        metrics: Where answers are counted.
        clock: The present moment.
    """
    store = SqlActionCatalogStore(database, clock)
    catalogs = ActionCatalogs(store)
    learning = build_action_learning(
        database,
        registry,
        known=catalogs,
        facts_of=lambda caller, lead_id: assess(caller, lead_id).facts,
        signer=signer,
        metrics=metrics,
        clock=clock,
    )
    decider = ActionDecider(
        catalogs, assess, learning.history, learning.effects, signer, learning.decisions.offer, clock
    )
    return Actions(
        decider=ExperimentDecider(decider, experiments.exposing),
        publishing=CatalogPublishing(store, catalogs, ALL_FIELDS),
        catalogs=catalogs,
        learning=learning,
    )
