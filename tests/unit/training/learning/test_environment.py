from __future__ import annotations

import pytest

from training.learning.environment import for_training
from training.settings import DEFAULTS


def test_training_gets_every_setting_it_reads():
    environ = {f"LEADLINE_{name}": "x" for name in DEFAULTS}
    assert for_training(environ) == environ
    assert {"LEADLINE_DATABASE_URL", "LEADLINE_MIN_TRAINING_SAMPLES", "LEADLINE_TRAINING_MEMORY_MB"} <= environ.keys()


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "LC_ALL", "PYTHONPATH", "OMP_NUM_THREADS", "VIRTUAL_ENV", "PGPASSFILE"]
)
def test_it_gets_what_programs_need(name):
    assert for_training({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    "name",
    [
        "LEADLINE_BROKER_URL",
        "LEADLINE_REDIS_URL",
        "LEADLINE_API_KEY_PEPPER",
        "LEADLINE_WEBHOOK_SECRET",
        "LEADLINE_SOMETHING_NEW",
        "CLOUD_SECRET_ACCESS_KEY",
        "path",
    ],
)
def test_whatever_else_there_is_stays_behind(name):
    assert for_training({name: "secret", "PATH": "/bin"}) == {"PATH": "/bin"}
