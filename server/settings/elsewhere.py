"""Settings of workers and of ``make run``, which may share the environment. A test holds this to what they read."""

from __future__ import annotations

OF_WORKERS = frozenset(
    {
        "ACTION_DAYS",
        "ACTION_RANKER_SECONDS",
        "ALERT_DELIVERY_SECONDS",
        "BEHAVIOR_DAYS",
        "BROKER_URL",
        "CANARY_MAX_AGE_SECONDS",
        "CANARY_SECONDS",
        "CLEAN_UP_SECONDS",
        "CONVERSATION_DAYS",
        "DEAD_LETTER_DAYS",
        "DEFAULT_HEADS_SECONDS",
        "DRIFT_CHECK_SECONDS",
        "EXPERIMENT_STATISTICS_SECONDS",
        "FEATURE_CHECK_SECONDS",
        "FEEDBACK_AGGREGATION_SECONDS",
        "FEEDBACK_RETENTION_DAYS",
        "INTERACTION_FEATURES_SECONDS",
        "LEAD_SNAPSHOT_SECONDS",
        "MODELS_KEPT",
        "MONITORING_DAYS",
        "PENDING_RUNS_SECONDS",
        "POPULARITY_SECONDS",
        "RECOMMENDER_SECONDS",
        "TASK_RETRIES",
        "TASK_RETRY_SECONDS",
        "TASK_TIMEOUT_SECONDS",
        "VISIBILITY_SECONDS",
        "WORKERS",
        "WORKERS_DIR",
        "WORKER_CONCURRENCY",
        "WORKER_MEMORY_MB",
    }
)
"""Names without the prefix."""
