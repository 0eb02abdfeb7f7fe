from __future__ import annotations

from datetime import timedelta

import pytest

from workers.schedule import CHECKS, beat_schedule, intervals
from workers.settings import read_settings


def schedule(**environ: object) -> dict[str, dict]:
    return beat_schedule(read_settings({f"LEADLINE_{name}": str(value) for name, value in environ.items()}))


def test_every_task_that_is_due_is_a_task():
    from workers.app import app

    app.loader.import_default_modules()
    assert {entry["task"] for entry in schedule().values()} <= set(app.tasks)


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("PENDING_RUNS_SECONDS", {"start_pending_runs"}),
        ("FEEDBACK_AGGREGATION_SECONDS", {"aggregate_feedback"}),
        ("DRIFT_CHECK_SECONDS", {"check_drift"}),
        ("EXPERIMENT_STATISTICS_SECONDS", {"refresh_experiments"}),
        ("ALERT_DELIVERY_SECONDS", {"deliver_alerts"}),
        ("INTERACTION_FEATURES_SECONDS", {"update_interaction_features"}),
        ("POPULARITY_SECONDS", {"count_popularity"}),
        ("LEAD_SNAPSHOT_SECONDS", {"snapshot_leads"}),
        ("RECOMMENDER_SECONDS", {"train_recommenders"}),
        ("ACTION_RANKER_SECONDS", {"train_action_rankers"}),
        ("DEFAULT_HEADS_SECONDS", {"provide_heads"}),
        ("FEATURE_CHECK_SECONDS", {"check_features"}),
        (
            "CLEAN_UP_SECONDS",
            {
                "prune_models",
                "prune_feedback",
                "prune_monitoring",
                "prune_behavior",
                "prune_conversations",
                "prune_actions",
                "prune_dead_letters",
            },
        ),
        ("MODELS_KEPT", {"prune_models"}),
        ("FEEDBACK_RETENTION_DAYS", {"prune_feedback"}),
        ("MONITORING_DAYS", {"prune_monitoring"}),
        ("BEHAVIOR_DAYS", {"prune_behavior"}),
        ("CONVERSATION_DAYS", {"prune_conversations"}),
        ("ACTION_DAYS", {"prune_actions"}),
        ("DEAD_LETTER_DAYS", {"prune_dead_letters"}),
    ],
)
def test_0_takes_a_task_off_the_table(setting, names):
    assert schedule().keys() - schedule(**{setting: 0}).keys() == names


def test_an_interval_is_that_of_its_setting():
    chosen = intervals(read_settings({"LEADLINE_RETRAIN_CHECK_SECONDS": "7", "LEADLINE_DRIFT_CHECK_SECONDS": "9"}))
    assert (chosen["check_retraining"], chosen["check_drift"]) == (timedelta(seconds=7), timedelta(seconds=9))


def test_ticks_that_nobody_takes_do_not_pile_up():
    entries = schedule()
    assert {entry["options"]["queue"] for entry in entries.values()} == {CHECKS}
    assert entries["start_pending_runs"]["options"]["expires"] == 30
    assert entries["check_drift"]["options"]["expires"] == 3600
    assert entries["refresh_experiments"]["options"]["expires"] == 900
