"""The tables. Every key begins with the tenant; what is called a history is only ever added to."""

from core.adapters.sql.tables.access import api_key_secrets, api_keys, audit_records, idempotent_requests
from core.adapters.sql.tables.base import ID_LENGTH, REQUEST_KEY_LENGTH, metadata
from core.adapters.sql.tables.behavior import (
    catalog_heads,
    catalog_items,
    event_heads,
    feature_mismatches,
    interaction_features,
    item_popularity,
    lead_events,
    lead_states,
    recommendation_log,
    served_vectors,
    stream_cursors,
)
from core.adapters.sql.tables.experiments import (
    experiment_allocations,
    experiment_exposures,
    experiment_leads,
    experiment_looks,
    experiment_progress,
    experiment_units,
    experiments,
)
from core.adapters.sql.tables.feedback import lead_feedback, lead_feedback_history
from core.adapters.sql.tables.leads import lead_outcomes, lead_revisions, leads, outcome_revisions, predictions
from core.adapters.sql.tables.learning import (
    dead_letters,
    online_states,
    online_updates,
    retraining_checks,
    shadow_scores,
    shadow_versions,
    training_runs,
)
from core.adapters.sql.tables.models import active_versions, model_events, model_metrics, model_versions
from core.adapters.sql.tables.monitoring import alert_deliveries, alerts, drift_reports, serving_sketches

__all__ = [
    "ID_LENGTH",
    "REQUEST_KEY_LENGTH",
    "active_versions",
    "alert_deliveries",
    "alerts",
    "api_key_secrets",
    "api_keys",
    "audit_records",
    "catalog_heads",
    "catalog_items",
    "dead_letters",
    "drift_reports",
    "event_heads",
    "experiment_allocations",
    "experiment_exposures",
    "experiment_leads",
    "experiment_looks",
    "experiment_progress",
    "experiment_units",
    "experiments",
    "feature_mismatches",
    "idempotent_requests",
    "interaction_features",
    "item_popularity",
    "lead_events",
    "lead_feedback",
    "lead_feedback_history",
    "lead_outcomes",
    "lead_revisions",
    "lead_states",
    "leads",
    "metadata",
    "model_events",
    "model_metrics",
    "model_versions",
    "online_states",
    "online_updates",
    "outcome_revisions",
    "predictions",
    "recommendation_log",
    "retraining_checks",
    "served_vectors",
    "serving_sketches",
    "shadow_scores",
    "shadow_versions",
    "stream_cursors",
    "training_runs",
]
