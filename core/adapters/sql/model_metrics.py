"""The flat row of ``model_metrics``, as reports of the older systems read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from core.adapters.sql.database import Database
from core.adapters.sql.tables import model_metrics
from core.identifiers import TenantId
from core.monitoring.realised import MetricUpdate
from core.version import Manifest

METRIC_COLUMNS = {
    "precision": "precision",
    "recall": "recall",
    "f1": "f1_score",
    "auc": "auc_roc",
    "accuracy": "accuracy",
    "contact_success_rate": "contact_success_rate",
    "avg_prediction_score": "avg_prediction_score",
}
"""Name of the metric in the manifest to name of the column."""
DEFAULT_MODEL_TYPE = "xgboost"


def add_metrics(connection: Connection, tenant: str, manifest: Manifest, now: datetime) -> None:
    """Write the row of a new version. What the manifest does not know stays NULL."""
    row: dict[str, Any] = {
        METRIC_COLUMNS[metric.name]: metric.value for metric in manifest.metrics if metric.name in METRIC_COLUMNS
    }
    duration = manifest.parameters.get("training_duration_seconds")
    row |= {
        "tenant": tenant,
        "kind": manifest.kind,
        "model_version": manifest.version,
        "model_type": str(manifest.parameters.get("model_type", DEFAULT_MODEL_TYPE))[:50],
        "conversion_rate": manifest.base_rate,
        "training_samples": manifest.training_sample_count,
        "validation_samples": max((metric.sample_count for metric in manifest.metrics), default=None),
        "feature_count": manifest.feature_count,
        "training_duration": duration if isinstance(duration, int | float) else None,
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(model_metrics).values(row))


def mark_active(connection: Connection, tenant: str, kind: str, version: str, now: datetime) -> None:
    """Let ``is_active`` be true for one version of the kind only, deployed now."""
    mine = (model_metrics.c.tenant == tenant, model_metrics.c.kind == kind)
    was = update(model_metrics).where(*mine, model_metrics.c.is_active)
    becomes = update(model_metrics).where(*mine, model_metrics.c.model_version == version)
    connection.execute(was.values(is_active=False, updated_at=now))
    connection.execute(becomes.values(is_active=True, deployed_at=now, updated_at=now))


class SqlMetricRows:
    """Brings flat rows up to date. Implements :class:`core.monitoring.realised.MetricRows`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def update(self, tenant: TenantId, kind: str, version: str, figures: MetricUpdate, now: datetime) -> None:
        """Write what is known; what is None stays as it was.

        Raises:
            DependencyDown: If the database does not work.
        """
        known = {
            "conversion_rate": figures.conversion_rate,
            "contact_success_rate": figures.contact_success_rate,
            "avg_prediction_score": figures.average_score,
        }
        values = {name: value for name, value in known.items() if value is not None}
        if not values:
            return
        columns = model_metrics.c
        mine = (columns.tenant == tenant, columns.kind == kind, columns.model_version == version)
        with self._database.write(tenant) as connection:
            connection.execute(update(model_metrics).where(*mine).values(**values, updated_at=now))
