"""Training a recommender in a process of its own, as a worker does it."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from core.adapters.sql.catalog_store import SqlCatalogStore
from core.adapters.sql.engine import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.recommendation_log import SqlRecommendationLog
from core.caller import Caller
from core.identifiers import LeadId, TenantId
from core.recommend.recommendation_log import LoggedCandidate, LoggedItem, RecommendationRow
from core.recommend.training_due import RecommenderDue
from core.version import RECOMMENDATION
from tests.parts.recommenders import catalogue, events_of, histories
from training.learning.limits import ProcessLimits
from training.recommend.__main__ import main
from training.recommend.process import RecommenderProcess
from workers.clock import now
from workers.jobs import Jobs
from workers.settings import read_settings
from workers.slots import training_slot

ROOT = Path(__file__).parents[3]
ACME = TenantId("acme")
CALLER = Caller(tenant=ACME, actor="shop")


def environ_of(home: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "LEADLINE_DATABASE_URL": f"sqlite:///{home}/leadline.db",
        "LEADLINE_MODEL_DIR": str(home / "models"),
        "LEADLINE_WORKERS_DIR": str(home / "workers"),
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A catalogue and what leads did in it. Tests go on from each other: a fit takes seconds."""
    folder = tmp_path_factory.mktemp("recommender")
    database = open_database(environ_of(folder)["LEADLINE_DATABASE_URL"])
    database.migrate()
    SqlCatalogStore(database, now).upsert(CALLER, "items", catalogue())
    events = [one._replace(sequence=0, recorded_us=0) for one in events_of(histories())]
    log = SqlEventLog(database, now)
    for start in range(0, len(events), 500):
        log.append(CALLER, "", events[start : start + 500])
    database.close()
    return folder


@pytest.fixture
def jobs(home, monkeypatch):
    monkeypatch.chdir(ROOT)
    made = Jobs(read_settings(environ_of(home)), environ_of(home))
    yield made
    made.stores.database.close()


@pytest.fixture
def settings(home, monkeypatch):
    for name, value in environ_of(home).items():
        monkeypatch.setenv(name, value)


def versions(jobs):
    return jobs.parts.registry.list(ACME, RECOMMENDATION, limit=9, after=None).items


def test_a_worker_without_a_free_place_trains_nothing(jobs, home):
    with training_slot(home / "workers", 1), capture_logs() as lines:
        assert not jobs.behavior.train_recommender(ACME)
    assert lines[0]["reason"] == "this worker is at another training"
    assert versions(jobs) == ()


@pytest.mark.usefixtures("settings")
def test_the_first_recommender_serves_once_and_knows_no_lead(jobs):
    first = jobs.behavior._due.ask(ACME).request_id
    assert jobs.behavior.train_recommender(ACME)
    (version,) = versions(jobs)
    assert jobs.parts.registry.active(ACME, RECOMMENDATION).version == version.manifest.version
    with capture_logs() as lines:
        assert not jobs.behavior.train_recommender(ACME)
    assert lines[0]["reason"] == "the newest version is younger than 24 hours"
    # Who was asked for the same before, and comes late, registers nothing.
    assert main(["--tenant", ACME, "--request-id", first]) == 0
    assert versions(jobs) == (version,)

    _, files = jobs.parts.registry.load(ACME, RECOMMENDATION, version.manifest.version)
    for name, content in files.items():
        check_for_leads(name, content)


def check_for_leads(name: str, content: bytes) -> None:
    leads = histories()
    if not name.endswith(".npz"):
        assert not [lead for lead in leads if lead.encode() in content], name
        return
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        for array in arrays.values():
            assert len(leads) not in array.shape
            assert array.dtype.kind in "iuf" or leads.keys().isdisjoint(array.ravel().tolist())


def test_a_day_later_it_is_due_again_if_leads_did_something_since(jobs):
    (version,) = versions(jobs)
    later = RecommenderDue(jobs.behavior._events, jobs.parts.registry, lambda: now() + timedelta(days=2))
    due = later.ask(ACME)
    assert due.reason == "0 new events about items are too few"
    assert due.request_id == f"recommender-after-{version.manifest.version}"


@pytest.mark.usefixtures("settings")
def test_the_command_says_what_a_version_is_worth_by_the_log(jobs, capfd):
    (version,) = versions(jobs)
    assert main(["--tenant", ACME, "--evaluate", version.manifest.version]) == 0
    assert capfd.readouterr().err.startswith("Not proven by logged recommendations")


@pytest.mark.usefixtures("settings")
def test_the_command_says_what_places_that_chance_filled_tell_of_a_version(jobs, capfd):
    (version,) = versions(jobs)
    items = [one.item_id for one in catalogue()]
    rows = [
        RecommendationRow(
            tenant=ACME,
            token_id=f"t{number}",
            lead_id=LeadId(f"lead-{number:03d}"),
            version=version.manifest.version,
            source="model",
            recommend_time=now() - timedelta(hours=1),
            up_to_sequence=0,
            experiment="",
            variant="",
            exploration=0.2,
            items=[LoggedItem(items[number], 1.0, 1.0), *(LoggedItem(items[number + n], 0.5, 0.01) for n in (1, 2))],
            candidates=[LoggedCandidate(items[number + n], 0.4) for n in range(3, 30)],
        )
        for number in range(60)
    ]
    SqlRecommendationLog(jobs.stores.database).append(rows)

    assert main(["--tenant", ACME, "--evaluate", version.manifest.version]) == 0

    said = capfd.readouterr().err
    assert said.startswith("From 120 places given by chance to 60 leads")
    assert "not proven: 120 records with 0 rewards are too few." in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--tenant", "of nobody"], 2, "--tenant"),
        (["--tenant", "empty"], 1, "training error: TOO_FEW_INTERACTIONS"),
        (["--tenant", "acme", "--evaluate", "nothing"], 1, "training error: "),
    ],
)
@pytest.mark.usefixtures("settings")
def test_the_command_says_why_not(capfd, arguments, code, said):
    assert main(arguments) == code
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("tenant", "limits", "reason"),
    [
        ("empty", ProcessLimits(), "TOO_FEW_INTERACTIONS"),
        ("acme", ProcessLimits(time=timedelta(seconds=0.2)), "it took longer than 0:00:00.200000"),
        ("acme", ProcessLimits(memory_bytes=24 * 2**20), "it needed more than 24 MiB of memory"),
    ],
    ids=["refused", "time", "memory"],
)
def test_a_process_that_ends_early_says_why(home, monkeypatch, tenant, limits, reason):
    monkeypatch.chdir(ROOT)
    ending = RecommenderProcess(limits, environ_of(home)).run(TenantId(tenant), "r1")
    assert (ending.is_done, ending.reason) == (False, reason)
