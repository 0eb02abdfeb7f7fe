"""Which task is due how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from workers.settings import WorkerSettings

CHECKS = "checks"
"""Queue of short tasks."""
TRAINING = "training"
"""Queue of offers to train; long."""
OFFER_LASTS = timedelta(seconds=60)
"""An offer to train that nobody took by then is void: the run is offered again as long as it waits."""
_SHORTEST_LIFE = timedelta(seconds=30)


def intervals(settings: WorkerSettings) -> dict[str, timedelta]:
    """Return name of the task to interval, without those that are switched off."""
    chosen = {
        "start_pending_runs": settings.pending_runs_every,
        "check_retraining": settings.rules.check_every,
        "aggregate_feedback": settings.feedback_aggregation_every,
        "check_drift": settings.drift_check_every,
        "refresh_experiments": settings.experiment_statistics_every,
        "update_interaction_features": settings.interaction_features_every,
        "count_popularity": settings.popularity_every,
        "snapshot_leads": settings.lead_snapshots_every,
        "train_recommenders": settings.recommender_every,
        "train_action_rankers": settings.action_ranker_every,
        "provide_heads": settings.default_heads_every,
        "check_features": settings.feature_check_every,
        "deliver_alerts": settings.alert_delivery_every,
        "prune_models": settings.clean_up_every if settings.models_kept else None,
        "prune_feedback": settings.clean_up_every if settings.feedback_retention else None,
        "prune_monitoring": settings.clean_up_every if settings.monitoring_retention else None,
        "prune_behavior": settings.clean_up_every if settings.behavior_retention else None,
        "prune_conversations": settings.clean_up_every if settings.conversation_retention else None,
        "prune_actions": settings.clean_up_every if settings.action_retention else None,
        "prune_dead_letters": settings.clean_up_every if settings.dead_letter_retention else None,
    }
    return {name: every for name, every in chosen.items() if every is not None}


def beat_schedule(settings: WorkerSettings) -> dict[str, dict[str, Any]]:
    """Return Celery's table. A task that nobody took until the next one is due is dropped, so that none pile up."""
    return {
        name: {
            "task": task_name(name),
            "schedule": every,
            "options": {"queue": CHECKS, "expires": max(every, _SHORTEST_LIFE).total_seconds()},
        }
        for name, every in intervals(settings).items()
    }


def task_name(name: str) -> str:
    """Return the name a task has on the wire."""
    return f"leadline.{name}"
