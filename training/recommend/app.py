"""The composition root of training recommenders: opens the store and the registry."""

from __future__ import annotations

from dataclasses import dataclass

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.catalog_store import SqlCatalogStore
from core.adapters.sql.engine import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.shown_recommendations import SqlShownRecommendations
from core.behavior.event_log import EventReader
from core.behavior.recording import microseconds_of
from core.caller import Caller
from core.identifiers import TenantId
from core.recommend.artifact import read_model
from core.recommend.catalog import CatalogReader
from core.recommend.item import Item
from core.recommend.logged import LoggedJudge
from core.recommend.off_policy import OffPolicyReport
from core.registry.model_registry import ModelRegistry
from core.version import RECOMMENDATION
from training.app import now
from training.progress import Report
from training.recommend.off_policy import JudgedByLog
from training.recommend.run import TrainedRecommender, train_recommender
from training.settings import TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommenderTrainer:
    """Everything that training a recommender needs."""

    registry: ModelRegistry
    events: EventReader
    catalog: CatalogReader
    judge: LoggedJudge

    def items(self, tenant: TenantId) -> list[Item]:
        """Return the catalogue of a tenant without deleted items."""
        return [change.item for change in self.catalog.changes(tenant, 0) if not change.is_deleted]

    def train(self, caller: Caller, request_id: str, *, activate: bool, report: Report) -> TrainedRecommender:
        """Train on all that is stored. See :func:`training.recommend.run.train_recommender`."""
        tenant = caller.tenant
        return train_recommender(
            self.registry,
            caller,
            request_id,
            self.events.all(tenant),
            self.items(tenant),
            now=now(),
            off_policy=JudgedByLog(judge=self.judge, tenant=tenant).of_recipe,
            activate=activate,
            report=report,
        )

    def evaluate(self, tenant: TenantId, version: str) -> OffPolicyReport | None:
        """Return what the log says of a registered version; None if it says nothing.

        Raises:
            NotFound: If there is no such version.
            WrongState: If it is retired or damaged.
            DependencyDown: If the store does not work.
        """
        row, files = self.registry.load(tenant, RECOMMENDATION, version)
        model = read_model(files).with_items(self.items(tenant))
        until = row.manifest.training_end_time or row.manifest.create_time
        return JudgedByLog(judge=self.judge, tenant=tenant).of_version(model, microseconds_of(until))


def build_recommender_trainer(settings: TrainingSettings) -> RecommenderTrainer:
    """Open the store and the registry."""
    database = open_database(settings.database_url)
    database.migrate()
    events = SqlEventLog(database, now)
    return RecommenderTrainer(
        registry=ModelRegistry(SqlRegistryStore(database, now), FolderArtifacts(settings.model_dir), admit, now),
        events=events,
        catalog=SqlCatalogStore(database, now),
        judge=LoggedJudge(shown=SqlShownRecommendations(database), events=events, clock=now),
    )
