from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import InvalidInput
from server.settings import read_settings as read_server_settings
from server.settings.elsewhere import OF_WORKERS
from workers.settings import LOCAL_BROKER, OF_MAKE_RUN, PREFIX, SETTINGS, read_settings


def fields(**environ: object) -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        read_settings({f"LEADLINE_{name}": str(value) for name, value in environ.items()})
    return {violation.field.removeprefix("LEADLINE_") for violation in caught.value.violations}


def test_nothing_set_gives_the_defaults():
    settings = read_settings({"PATH": "/bin"})
    assert settings.broker_url == LOCAL_BROKER
    assert settings.pending_runs_every == timedelta(seconds=5)
    assert settings.rules.check_every == timedelta(hours=1)
    assert settings.visibility > settings.limits.time
    assert settings.concurrency == 2
    assert settings.experiment_statistics_every == timedelta(minutes=15)


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_default_set_by_hand_changes_nothing(name):
    assert read_settings({PREFIX + name: SETTINGS[name].default}) == read_settings({})


def test_the_queues_are_in_the_cache_unless_they_have_a_place_of_their_own():
    cache = {"LEADLINE_REDIS_URL": "redis://cache:6379/0"}
    assert read_settings(cache).broker_url == "redis://cache:6379/0"
    assert read_settings({**cache, "LEADLINE_BROKER_URL": "redis://queue:6379/0"}).broker_url == "redis://queue:6379/0"


@pytest.mark.parametrize("name", [name for name, each in SETTINGS.items() if each.may_be_off])
def test_0_switches_off(name):
    read_settings({PREFIX + name: "0"})


def test_what_is_switched_off_is_none():
    settings = read_settings({"LEADLINE_DRIFT_CHECK_SECONDS": "0", "LEADLINE_FEEDBACK_RETENTION_DAYS": "0"})
    assert (settings.drift_check_every, settings.feedback_retention) == (None, None)


@pytest.mark.parametrize("name", [name for name, each in SETTINGS.items() if each.least is not None])
@pytest.mark.parametrize("text", ["", "-1", "1.5", "soon", "9999999999", "\u0661"])
def test_a_wrong_number_is_named(name, text):
    assert name in fields(**{name: text})


def test_every_wrong_setting_is_named_at_once():
    wrong = {"BROKER_URL": "amqp://queue", "LOG_LEVEL": "loud", "TASK_RETRIES": "many", "RETRAIN_CHECK_SECONDS": "0"}
    assert fields(**wrong) == set(wrong)


def test_a_message_stays_with_its_worker_longer_than_the_longest_task():
    assert fields(VISIBILITY_SECONDS=3600) == {"VISIBILITY_SECONDS"}
    assert fields(VISIBILITY_SECONDS=300, TRAINING_TIMEOUT_SECONDS=60) == {"VISIBILITY_SECONDS"}
    chosen = {"LEADLINE_VISIBILITY_SECONDS": "301", "LEADLINE_TRAINING_TIMEOUT_SECONDS": "60"}
    assert read_settings(chosen).visibility == timedelta(seconds=301)


def test_a_worker_may_miss_one_canary():
    assert fields(CANARY_SECONDS=40) == {"CANARY_MAX_AGE_SECONDS"}
    assert read_settings({"LEADLINE_CANARY_SECONDS": "30"}).canary_every == timedelta(seconds=30)


def test_no_password_is_shown():
    assert "hush" not in repr(read_settings({"LEADLINE_BROKER_URL": "redis://:hush@queue:6379/0"}))


def test_the_server_lets_every_setting_of_workers_be():
    assert {*SETTINGS, *OF_MAKE_RUN} == OF_WORKERS
    read_server_settings({f"LEADLINE_{name}": "anything" for name in OF_WORKERS})
