"""The composition root of training: the only place that opens the store and the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql.engine import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.label_source import SqlLabelSource
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.run_store import SqlRunStore
from core.adapters.sql.scored_leads import SqlScoredLeads
from core.behavior.event_log import EventReader
from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import microseconds_of
from core.features.fitting import FeatureOptions
from core.feedback.label import LabelReader
from core.feedback.label_rules import LabelRules
from core.feedback.labelling import Labelling
from core.feedback.scored_leads import ScoredLeads
from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from training.behavior import with_behavior
from training.booster import BoosterParameters
from training.fit import FitOptions, FittedVersion, fit_version
from training.pipeline import Recipe
from training.progress import Report
from training.settings import TrainingSettings
from training.table import LeadTable
from training.window import EVERYTHING, Window


def now() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer:
    """Everything a training command needs."""

    settings: TrainingSettings
    registry: ModelRegistry
    leads: SqlLeadStore
    labels: LabelReader
    scored_leads: ScoredLeads
    events: EventReader
    runs: SqlRunStore
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
            behavior=None if table.behavior is None else LEAD_PLAN,
        )
        return Recipe(features=features, booster=booster, seed=booster.random_state)

    def fit(
        self,
        table: LeadTable,
        booster: BoosterParameters,
        options: FitOptions,
        report: Report,
        *,
        window: Window | None = EVERYTHING,
        keep_booster: bool = False,
    ) -> FittedVersion:
        """Fit a table. See :func:`training.fit.fit_version`.

        Args:
            table: Labelled leads.
            booster: Hyperparameters.
            options: What else can be chosen.
            report: Told how far it is.
            window: How much a row counts for its age; None: chosen by rolling validation.
            keep_booster: Choose the window alone, not between these trees and more regular ones.
        """
        recipe = replace(
            self.recipe(table, booster),
            window=window or EVERYTHING,
            choose_window=window is None,
            keep_booster=keep_booster,
        )
        return fit_version(table, recipe, options, make_predictor=OnnxPredictor, clock=now, report=report)

    def with_behavior(self, tenant: TenantId, table: LeadTable) -> LeadTable:
        """Return a table with what its leads did as of their moments, from the store's events of the tenant.

        Raises:
            DependencyDown: If the store does not work.
        """
        moments = [moment for moment in table.moments if moment is not None]
        if not moments:
            return table
        until_us = microseconds_of(max(moments))
        ids = sorted({lead.lead_id for lead in table.leads})
        return with_behavior(table, self.events.of_leads(tenant, ids, until_us=until_us), LEAD_PLAN)

    def has_versions(self, tenant: TenantId, kind: str) -> bool:
        """Return whether the tenant has any version of a kind."""
        return bool(self.registry.list(tenant, kind, limit=1, after=None).items)


def build_trainer(settings: TrainingSettings, keywords: Mapping[str, list[str]]) -> Trainer:
    """Open the store and the registry."""
    database = open_database(settings.database_url)
    database.migrate()
    registry = ModelRegistry(SqlRegistryStore(database, now), FolderArtifacts(settings.model_dir), admit, now)
    rules = LabelRules(outcome_window=settings.rules.outcome_window)
    return Trainer(
        settings=settings,
        registry=registry,
        leads=SqlLeadStore(database, now),
        labels=Labelling(SqlLabelSource(database), rules),
        scored_leads=SqlScoredLeads(database),
        events=SqlEventLog(database, now),
        runs=SqlRunStore(database, now),
        keywords=keywords,
    )
