from __future__ import annotations

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from core.errors import NotFound
from core.version import HEAD_KINDS, LEAD_SCORE, NEXT_ACTION, ONLINE_CORRECTION, RECOMMENDATION
from workers.jobs import Jobs
from workers.settings import read_settings


@pytest.fixture
def jobs(tmp_path):
    environ = {
        "LEADLINE_DATABASE_URL": f"sqlite:///{tmp_path}/leadline.db",
        "LEADLINE_MODEL_DIR": str(tmp_path / "models"),
    }
    made = Jobs(read_settings(environ), environ)
    made.stores.database.migrate()
    yield made
    made.stores.database.close()


def test_a_check_that_asks_for_nothing_says_why(jobs):
    with capture_logs() as lines:
        assert not jobs.check_retraining("acme")
    (line,) = lines
    assert (line["event"], line["tenant"]) == ("no training run", "acme")
    assert line["reason"].startswith("No version serves. Held back: too few labels")


def test_where_there_are_no_experiments_there_is_nothing_to_refresh(jobs):
    assert jobs.open_experiments() == []
    with pytest.raises(NotFound, match="nowhere"):
        jobs.refresh_experiment("acme", "nowhere")


def test_old_versions_of_every_kind_are_removed(jobs):
    asked = []

    class Registry:
        def prune(self, caller, request_id, kind, keep_count, *, dry_run):
            asked.append((caller.tenant, request_id, kind, keep_count, dry_run))
            return SimpleNamespace(pruned=["old"])

    jobs.parts.registry = Registry()
    kinds = (LEAD_SCORE, ONLINE_CORRECTION, RECOMMENDATION, NEXT_ACTION, *HEAD_KINDS)
    assert jobs.prune_models("acme", "r1") == len(kinds)
    assert asked == [("acme", f"r1-{kind}", kind, 5, False) for kind in kinds]
