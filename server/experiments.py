"""What the server knows of experiments: it creates, reads and stops them, and scores within them."""

from __future__ import annotations

from dataclasses import dataclass

from core.adapters.sql.database import Database
from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.lead_traffic import SqlLeadTraffic
from core.adapters.sql.unit_store import SqlUnitStore
from core.experiments.exposing import Exposing, ExposureCounts
from core.experiments.lifecycle import ExperimentLifecycle
from core.experiments.live import LiveExperiments
from core.experiments.planner import Planner
from core.experiments.reporting import ExperimentReports
from core.experiments.scoring import ExperimentScorer
from core.experiments.variant_lookup import VariantLookup
from core.feedback.label import LabelReader
from core.ports import Clock, LeadLookup
from core.scoring.lifecycle import ModelLifecycle
from core.scoring.scorer import Scorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiments:
    """The use cases, and what they have in memory."""

    live: LiveExperiments
    lifecycle: ExperimentLifecycle
    planner: Planner
    reports: ExperimentReports
    variants: VariantLookup
    scorer: ExperimentScorer
    exposing: Exposing


def build_experiments(
    database: Database,
    *,
    labels: LabelReader,
    leads: LeadLookup,
    models: ModelLifecycle,
    scorer: Scorer,
    counts: ExposureCounts,
    holdout_share: float,
    clock: Clock,
) -> Experiments:
    """Put it together. Nothing connects yet.

    Args:
        database: Migrated.
        labels: Leads whose end is known, for plans.
        leads: Says whose a lead is.
        models: Makes winners serve.
        scorer: Scores.
        counts: Told of every write of an exposure.
        holdout_share: Of all units, in [0, 1): they take part in no experiment that is created from now on.
        clock: The present moment.
    """
    store = SqlExperimentStore(database, clock)
    live = LiveExperiments(store)
    exposing = Exposing(live, SqlExposureStore(database), clock, counts)
    planner = Planner(labels, SqlLeadTraffic(database), clock)
    return Experiments(
        live=live,
        lifecycle=ExperimentLifecycle(store, live, planner, models, clock, holdout_share),
        planner=planner,
        reports=ExperimentReports(SqlUnitStore(database), clock),
        variants=VariantLookup(exposing, leads),
        scorer=ExperimentScorer(scorer, exposing, leads),
        exposing=exposing,
    )
