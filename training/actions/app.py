"""The composition root of training rankers of actions: opens the store and the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from core.actions.catalog import ActionCatalog
from core.actions.catalogs import ActionCatalogs
from core.actions.policy_value import PolicyReport
from core.actions.ranker_artifact import read_ranker
from core.actions.trials import Trial, Worth
from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.onnx_ranker import OnnxRanker
from core.adapters.sql.action_catalog_store import SqlActionCatalogStore
from core.adapters.sql.action_trials import SqlActionTrials
from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import Caller
from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from core.version import NEXT_ACTION
from training.actions.run import Known, TrainedRanker, judge_version, train_ranker
from training.actions.table import NO_WORTH
from training.app import now
from training.progress import Report
from training.settings import TrainingSettings

LOOKS_BACK = timedelta(days=365)
"""Older outcomes are not learned from."""
_read = partial(read_ranker, open_graph=OnnxRanker)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerTrainer:
    """Everything that training a ranker needs."""

    registry: ModelRegistry
    trials: SqlActionTrials
    catalogs: ActionCatalogs

    def train(self, caller: Caller, request_id: str, *, activate: bool, force: bool, report: Report) -> TrainedRanker:
        """Train on all that is stored. See :func:`training.actions.run.train_ranker`."""
        catalog = self.catalogs.get(caller.tenant).catalog
        return train_ranker(
            self.registry,
            caller,
            request_id,
            self._trials(caller.tenant, catalog),
            known_of(catalog),
            now=now(),
            activate=activate,
            force=force,
            report=report,
        )

    def evaluate(self, tenant: TenantId, version: str) -> PolicyReport | None:
        """Return what outcomes that a version has not learned from say of it; None if they are too few.

        Raises:
            NotFound: If there is no such version.
            WrongState: If it is retired or damaged.
            DependencyDown: If the store does not work.
        """
        row, files = self.registry.load(tenant, NEXT_ACTION, version)
        catalog = self.catalogs.get(tenant).catalog
        until = row.manifest.training_end_time or row.manifest.create_time
        later = [trial for trial in self._trials(tenant, catalog) if trial.time > until]
        return judge_version(_read(files), later, known_of(catalog))

    def _trials(self, tenant: TenantId, catalog: ActionCatalog) -> list[Trial]:
        moment = now()
        return self.trials.trials(tenant, since=moment - LOOKS_BACK, now=moment, window=catalog.outcome_window)


def known_of(catalog: ActionCatalog) -> Known:
    """Return what a catalogue says of its actions; where none has a value, conversions are counted."""
    has_values = any(action.value > 0.0 for action in catalog.actions)
    worths = {
        action.action_id: Worth(value=action.value, cost=action.cost) if has_values else NO_WORTH
        for action in catalog.actions
    }
    groups = {action.action_id: action.group for action in catalog.actions}
    return Known(groups=groups, worths=worths, baseline=catalog.baseline_action_id)


def build_ranker_trainer(settings: TrainingSettings) -> RankerTrainer:
    """Open the store and the registry."""
    database = open_database(settings.database_url)
    database.migrate()
    return RankerTrainer(
        registry=ModelRegistry(SqlRegistryStore(database, now), FolderArtifacts(settings.model_dir), admit, now),
        trials=SqlActionTrials(database),
        catalogs=ActionCatalogs(SqlActionCatalogStore(database, now)),
    )
