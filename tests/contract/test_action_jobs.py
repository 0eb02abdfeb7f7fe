"""What the tasks about actions do, over real stores."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from core.adapters.sql.action_decision_store import SqlActionDecisions
from core.version import NEXT_ACTION
from tests.parts.action_outcomes import ACME, Teller, decision
from tests.parts.clock import SetClock
from workers.clock import now
from workers.jobs import Jobs
from workers.settings import read_settings

KEPT_DAYS = 40


@pytest.fixture
def jobs(database_url, tmp_path):
    environ = {
        "LEADLINE_DATABASE_URL": database_url,
        "LEADLINE_MODEL_DIR": str(tmp_path / "models"),
        "LEADLINE_WORKERS_DIR": str(tmp_path / "workers"),
        "LEADLINE_ACTION_DAYS": str(KEPT_DAYS),
        "LEADLINE_BROKER_URL": "redis://localhost:1/0",
    }
    made = Jobs(read_settings(environ), environ)
    yield made
    made.stores.database.close()


@pytest.fixture
def teller(database):
    made = Teller(database, SetClock(now()))
    made.lead("a")
    return made


def test_tenants_with_outcomes_have_work_and_few_outcomes_train_nothing(jobs, teller):
    assert jobs.tenants.acting() == ()
    teller.tell("accepted", "a", "call", propensity=0.5)
    assert jobs.tenants.acting() == (ACME.tenant,)
    with capture_logs() as logs:
        assert not jobs.actions.train_ranker(ACME.tenant)
    assert [line["reason"] for line in logs] == ["1 new outcomes are too few"]


def test_a_training_process_is_begun_and_what_it_refuses_is_logged(jobs, teller, database_url):
    if not database_url.startswith("sqlite"):
        pytest.skip("one process is enough")
    for _ in range(100):
        teller.tell("converted", "a", "call", propensity=0.5)
    with capture_logs() as logs:
        assert not jobs.actions.train_ranker(ACME.tenant)
    assert [line["reason"] for line in logs] == ["TOO_FEW_TRIALS"]
    assert jobs.parts.registry.active(ACME.tenant, NEXT_ACTION) is None


def test_what_is_old_is_removed_but_for_rejections(jobs, teller, database):
    teller.clock.now = now() - timedelta(days=KEPT_DAYS + 1)
    for outcome in ("accepted", "rejected"):
        teller.tell(outcome, "a", "call")
    SqlActionDecisions(database).append(
        [decision("old", "a", {"call": 1.0}, teller.clock.now), decision("new", "a", {"call": 1.0}, now())]
    )
    assert jobs.actions.prune(ACME.tenant) == 2
    assert jobs.actions.prune(ACME.tenant) == 0
