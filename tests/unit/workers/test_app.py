from __future__ import annotations

import subprocess
import sys

import pytest

from tests.parts.workers import ROOT
from workers.app import app
from workers.canary import Singer, Watch
from workers.config import celery_config
from workers.settings import read_settings

HEAVY = ("xgboost", "onnxruntime", "onnx", "sklearn", "scipy", "numpy", "sqlalchemy", "grpc")
LOOK = f"""
import socket, sys
def refuse(*_): raise AssertionError("connects at import")
socket.socket.connect = refuse
from workers.app import app
app.loader.import_default_modules()
app.finalize()
print([name for name in {HEAVY!r} if name in sys.modules], "leadline.train" in app.tasks)
"""


def test_the_process_that_forks_has_loaded_nothing_that_breaks_in_a_child_and_connected_to_nothing():
    told = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[] True\n"


def test_a_wrong_setting_is_named_when_the_app_is_loaded():
    told = subprocess.run(
        [sys.executable, "-c", "import workers.app"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "LEADLINE_TASK_RETRIES": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert told.stderr == "LEADLINE_TASK_RETRIES must be a whole number from 0 to 20\n"


def test_nothing_but_json_is_taken():
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == app.conf.result_serializer == app.conf.event_serializer == "json"


def test_no_result_is_kept():
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None
    assert "celery.backend_cleanup" not in app.conf.beat_schedule


def test_every_task_of_ours_is_bounded_in_time_and_tries():
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if name.startswith("leadline.")]
    assert len(ours) > 10
    for task in ours:
        assert task.max_retries is not None, task.name
        assert task.acks_late, task.name
        assert task.reject_on_worker_lost, task.name
        assert task.time_limit or app.conf.task_time_limit, task.name


@pytest.mark.parametrize("task", ["leadline.train", "leadline.train_recommender_of", "leadline.give_default_heads"])
def test_training_has_a_queue_and_a_limit_of_its_own_below_the_time_its_message_stays(task):
    settings = read_settings({"LEADLINE_TRAINING_TIMEOUT_SECONDS": "1000"})
    config = celery_config(settings)
    limit = config["task_annotations"][task]["time_limit"]
    assert settings.limits.time.total_seconds() < limit < config["broker_transport_options"]["visibility_timeout"]
    assert config["task_routes"][task] == {"queue": "training"}


def test_canaries_can_be_switched_off():
    from celery import Celery

    from workers.canary import add_to

    with Celery() as on, Celery() as off:
        add_to(on, read_settings({}))
        add_to(off, read_settings({"LEADLINE_CANARY_SECONDS": "0"}))
        assert (Watch in on.steps["worker"], Singer in on.steps["consumer"]) == (True, True)
        assert (Watch in off.steps["worker"], Singer in off.steps["consumer"]) == (False, False)
