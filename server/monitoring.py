"""What watches the answers of one server process, and what tells of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.adapters.sql.alert_store import SqlAlertStore
from core.adapters.sql.contact_counts import SqlContactCounts
from core.adapters.sql.database import Database
from core.adapters.sql.drift_store import SqlDriftStore
from core.adapters.sql.model_metrics import SqlMetricRows
from core.adapters.sql.served_scores import SqlServedScores
from core.adapters.sql.sketch_store import SqlSketchStore
from core.feedback.label import LabelReader
from core.monitoring.known_outcomes import KnownOutcomes
from core.monitoring.realised import ActiveVersions, RealisedMetrics
from core.monitoring.watch import ServingWatch
from core.ports import Clock
from core.registry.retraining.rules import RetrainingRules
from server.observed.metrics import ServerMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """Stores of what was seen, what measures it, and what sums up what is served."""

    drift: SqlDriftStore
    alerts: SqlAlertStore
    realised: RealisedMetrics
    watch: ServingWatch


def build_monitoring(  # noqa: PLR0917  called once, by the composition root
    database: Database,
    labels: LabelReader,
    rules: RetrainingRules,
    active: ActiveVersions,
    metrics: ServerMetrics,
    clock: Clock,
) -> Monitoring:
    """Put it together. Nothing connects, and nothing starts yet."""
    sketches, figures = SqlSketchStore(database), metrics.monitoring
    outcomes = KnownOutcomes(labels=labels, served=SqlServedScores(database), outcome_window=rules.outcome_window)
    return Monitoring(
        drift=SqlDriftStore(database),
        alerts=SqlAlertStore(database),
        realised=RealisedMetrics(
            active, outcomes, SqlContactCounts(database), sketches, SqlMetricRows(database), clock
        ),
        watch=ServingWatch(sketches, figures.lost_answers, figures.failed_writes, clock),
    )
