"""The composition root of training: the only place that opens the store and the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from core.adapters.admission import admit_in_child
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.features.fitting import FeatureOptions
from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from training.booster import BoosterParameters
from training.fit import FitOptions, FittedVersion, fit_version
from training.pipeline import Recipe
from training.progress import Report
from training.settings import TrainingSettings
from training.table import LeadTable


def now() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer:
    """Everything a training command needs."""

    settings: TrainingSettings
    registry: ModelRegistry
    leads: SqlLeadStore
    keywords: Mapping[str, list[str]]

    def recipe(self, table: LeadTable, booster: BoosterParameters) -> Recipe:
        """Return the recipe for a table."""
        features = FeatureOptions(
            keywords=self.keywords,
            title_terms=self.settings.title_terms,
            description_terms=self.settings.description_terms,
            time_zone=self.settings.time_zone,
            numeric_attributes=table.numeric_attributes,
            categorical_attributes=table.categorical_attributes,
        )
        return Recipe(features=features, booster=booster, seed=booster.random_state)

    def fit(self, table: LeadTable, booster: BoosterParameters, options: FitOptions, report: Report) -> FittedVersion:
        """Fit a table. See :func:`training.fit.fit_version`."""
        recipe = self.recipe(table, booster)
        return fit_version(table, recipe, options, make_predictor=OnnxPredictor, clock=now, report=report)

    def has_versions(self, tenant: TenantId, kind: str) -> bool:
        """Return whether the tenant has any version of a kind."""
        return bool(self.registry.list(tenant, kind, limit=1, after=None).items)


def build_trainer(settings: TrainingSettings, keywords: Mapping[str, list[str]]) -> Trainer:
    """Open the store and the registry."""
    database = open_database(settings.database_url)
    database.migrate()
    registry = ModelRegistry(SqlRegistryStore(database, now), FolderArtifacts(settings.model_dir), admit_in_child, now)
    return Trainer(settings=settings, registry=registry, leads=SqlLeadStore(database, now), keywords=keywords)
