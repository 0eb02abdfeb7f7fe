"""What the tasks about behaviour do, over real stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from core.adapters.sql.catalog_store import SqlCatalogStore
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.interaction_store import SqlInteractionStore
from core.adapters.sql.mismatch_store import SqlMismatchStore
from core.adapters.sql.recommendation_log import SqlRecommendationLog
from core.adapters.sql.served_vector_store import SqlServedVectorStore
from core.adapters.sql.state_store import SqlStateStore
from core.adapters.sql.tables import feature_mismatches, recommendation_log, served_vectors
from core.behavior.feature_check import Mismatch
from core.behavior.lead_history import LeadKeeping
from core.behavior.lead_loading import LeadLoader
from core.behavior.live import LiveLeads
from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import microseconds_of
from core.behavior.served_vectors import VectorSampling
from core.caller import Caller
from core.identifiers import LeadId, TenantId
from core.recommend.lead_fold import InteractionFold, InteractionFolds
from core.recommend.recommendation_log import LoggedItem, RecommendationRow
from tests.parts.events import event
from workers.clock import now
from workers.jobs import Jobs
from workers.settings import read_settings

ACME = TenantId("acme")
CALLER = Caller(tenant=ACME, actor="shop")
KEPT_DAYS = 40


@pytest.fixture
def jobs(database_url, tmp_path):
    environ = {
        "LEADLINE_DATABASE_URL": database_url,
        "LEADLINE_MODEL_DIR": str(tmp_path / "models"),
        "LEADLINE_WORKERS_DIR": str(tmp_path / "workers"),
        "LEADLINE_BEHAVIOR_DAYS": str(KEPT_DAYS),
        "LEADLINE_BROKER_URL": "redis://localhost:1/0",
    }
    made = Jobs(read_settings(environ), environ)
    yield made
    made.stores.database.close()


@pytest.fixture
def log(database):
    return SqlEventLog(database, now)


def record(log, count, lead_id="a", *, first=0):
    """Record views of five items."""
    events = [
        event(f"{lead_id}-{number}", lead_id, item_id=f"item{number % 5}", duration_ms=number, occurred_us=0)
        for number in range(first, first + count)
    ]
    for start in range(0, count, 500):
        log.append(CALLER, "", events[start : start + 500])


def loader(database, log):
    keeping = LeadKeeping(plan=LEAD_PLAN, folds=InteractionFolds())
    return LeadLoader(log, SqlStateStore(database, now), keeping)


def test_tenants_with_events_are_those_that_have_work(jobs, log):
    assert jobs.tenants.behaving() == ()
    record(log, 1)
    assert jobs.tenants.behaving() == (ACME,)


def test_features_of_pairs_and_popularity_follow_the_log(jobs, log, database):
    record(log, 20)
    assert jobs.behavior.update_interaction_features(ACME) == 5
    assert jobs.behavior.update_interaction_features(ACME) == 0
    assert SqlInteractionStore(database, now).place(ACME).sequence == 20
    assert jobs.behavior.count_popularity(ACME) == 5
    assert {one.lead_count for one in SqlCatalogStore(database, now).popularity(ACME)} == {1}


def test_servers_go_on_from_the_copies_that_workers_store(jobs, log, database):
    record(log, 450)
    record(log, 10, "b")
    assert jobs.behavior.snapshot_leads(ACME) == 1
    assert jobs.behavior.snapshot_leads(ACME) == 0

    history, _ = loader(database, log).begin(ACME, LeadId("a"))

    # Had it been worked out from the log, it would end with the first page.
    assert history.head == 450
    assert isinstance(history.fold, InteractionFold)
    assert [one.item_id for one in history.fold.interactions()] == [f"item{n}" for n in range(5)]


def test_served_features_that_are_not_what_the_log_says_are_counted(jobs, log, database):
    record(log, 30)
    record(log, 3, "b")
    kept = []
    sampling = VectorSampling(1.0, kept.append)
    live = LiveLeads(loader(database, log), log, SqlStateStore(database, now), offer=lambda _entry: None)
    for lead_id in ("a", "b"):
        found = live.get(ACME, LeadId(lead_id), microseconds_of(now()))
        sampling.served(
            ACME,
            LeadId(lead_id),
            found.values,
            moment_us=found.moment_us,
            up_to_sequence=found.up_to_sequence,
            plan_hash=LEAD_PLAN.hash,
        )
    # Served before this was seen, by a process that follows the log a moment later.
    record(log, 2, "b", first=3)
    late = replace(kept[1], vector_id="late", moment_us=microseconds_of(now()))
    late_values = live_values(log, late)
    name = LEAD_PLAN.features[0].name
    wrong = replace(late, vector_id="wrong", features={**late_values, name: "nonsense"})
    store = SqlServedVectorStore(database)

    store.append([*kept, replace(late, features=late_values)])
    assert jobs.behavior.check_features(ACME) == 0

    store.append([replace(wrong, moment_us=microseconds_of(now()))])
    with capture_logs() as lines:
        # Other values moved with the moment at most: this one cannot be what the log says.
        assert jobs.behavior.check_features(ACME) >= 1
    assert name in lines[0]["reason"]
    compared, differing = SqlMismatchStore(database).newest()[name]
    assert (compared, differing) == (1, 1)


def live_values(log, vector):
    """Return what a process would serve that has seen the log up to a vector's newest event only."""
    history = LeadKeeping(plan=LEAD_PLAN, folds=InteractionFolds()).new()
    for one in log.of_lead(ACME, vector.lead_id):
        if one.sequence <= vector.up_to_sequence:
            history.add(one)
    return history.state.values(vector.moment_us)


def test_what_is_kept_no_longer_is_removed(jobs, log, database):
    record(log, 1)
    moments = [now() - timedelta(days=days) for days in (KEPT_DAYS - 1, KEPT_DAYS + 1)]
    vectors = []
    sampling = VectorSampling(1.0, vectors.append)
    for number, moment in enumerate(moments):
        sampling.served(ACME, LeadId("a"), {}, moment_us=microseconds_of(moment), up_to_sequence=1, plan_hash="plan")
        SqlRecommendationLog(database).append([shown(f"t{number}", moment)])
        SqlMismatchStore(database).record(ACME, moment, [Mismatch(feature="x", compared=1, differing=0)])
    SqlServedVectorStore(database).append(vectors)

    assert (jobs.behavior.prune(ACME), jobs.behavior.prune(ACME)) == (3, 0)

    with database.read(ACME) as connection:
        for table in (served_vectors, recommendation_log, feature_mismatches):
            assert connection.scalar(select(func.count()).select_from(table)) == 1


def shown(token_id, moment):
    return RecommendationRow(
        tenant=ACME,
        token_id=token_id,
        lead_id=LeadId("a"),
        version="v1",
        source="model",
        recommend_time=moment,
        up_to_sequence=1,
        experiment="",
        variant="",
        exploration=0.0,
        items=[LoggedItem("item0", 1.0, 1.0)],
        candidates=[],
    )


def test_a_recommender_is_not_trained_of_a_handful_of_events(jobs, log):
    record(log, 150)
    record(log, 10, "b")
    with capture_logs() as lines:
        assert not jobs.behavior.train_recommender(ACME)
    assert lines[0]["reason"] == "160 new events about items are too few"
