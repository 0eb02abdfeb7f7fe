"""What leads do changes their scores: recorded through one RPC, looked at by the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import event_pb2, event_service_pb2, explanation_pb2, feature_service_pb2, lead_pb2
from leadline.v1 import scoring_service_pb2 as pb

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import DuckDbBackfill
from core.adapters.sql.engine import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import microseconds_of
from core.caller import LOCAL_CALLER
from core.features.streams.columns import EventColumns
from core.version import LEAD_SCORE
from server.convert.lead import lead_from_wire
from tests.parts.behaving import behaving_version
from tests.parts.fitted import database_url, offline_model, open_registry
from tests.parts.serving import served_here

KINDS = (event_pb2.EVENT_KIND_ITEM_VIEWED, event_pb2.EVENT_KIND_ITEM_SAVED, event_pb2.EVENT_KIND_INQUIRY_SENT)
LEAD = lead_pb2.Lead(lead_id="eager", title="Flat wanted", price=70.0)


@pytest.fixture
def looking_home(home):
    """A home that serves a version which looks at behaviour."""
    with open_registry(home) as registry:
        registry.register(LOCAL_CALLER, "behaving", behaving_version().files, "for the tests")
        name, before = behaving_version().name, registry.active(LOCAL_CALLER.tenant, LEAD_SCORE).version
        registry.activate(LOCAL_CALLER, "now", LEAD_SCORE, name, expected=before, reason="for the tests")
    return home


def record(stubs, lead_id, count, *, kinds=KINDS):
    now = datetime.now(UTC)
    events = []
    for number in range(count):
        occurred = Timestamp()
        occurred.FromDatetime(now - timedelta(hours=3 + 7 * number))
        kind = kinds[number % len(kinds)]
        events.append(
            event_pb2.Event(event_id=f"{lead_id}-{number}", lead_id=lead_id, kind=kind, occurred_time=occurred)
        )
    stubs.events.RecordEvents(event_service_pb2.RecordEventsRequest(events=events))


def score(stubs, lead, **options):
    return stubs.scoring.Score(pb.ScoreRequest(lead=lead, **options)).result


def offline(home, answer):
    """Return the version's own answer from the log of events as of the moment of the served one."""
    database = open_database(database_url(home))
    events = EventColumns.of(SqlEventLog(database, lambda: datetime.now(UTC)).all(LOCAL_CALLER.tenant))
    database.close()
    moment = answer.score_time.ToDatetime(tzinfo=UTC)
    row = AsOf(lead_id=answer.lead_id, moment_us=microseconds_of(moment))
    (values,) = DuckDbBackfill(LEAD_PLAN).values(events, [row])
    model = offline_model(behaving_version().files)
    return model.score(model.rows([lead_from_wire(LEAD, "lead")], moment, [values]))[0].probability


def test_an_event_changes_the_next_score_which_is_that_of_the_log(looking_home):
    with served_here(looking_home) as (_, stubs):
        before = score(stubs, LEAD)
        assert before.model_version == behaving_version().name
        record(stubs, LEAD.lead_id, 9)
        after = score(stubs, LEAD, max_contributions=100)
        (batched,) = stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=[LEAD])).results
    assert list(before.warnings) == list(after.warnings) == []
    assert after.probability > before.probability + 0.2
    assert after.probability == pytest.approx(offline(looking_home, after), abs=1e-9)
    assert batched.result.probability == pytest.approx(offline(looking_home, batched.result), abs=1e-9)
    named = [c for c in after.contributions if c.group == explanation_pb2.FEATURE_GROUP_BEHAVIOR]
    assert "Total interactions" in {c.feature for c in named}
    assert {c.value_text for c in named if c.feature == "Total interactions"} == {"9"}
    total = after.base_points + sum(c.points for c in after.contributions) + after.other_points
    assert total == pytest.approx(after.score, abs=1e-6)


def test_a_version_that_does_not_look_at_behaviour_scores_as_before(home):
    with served_here(home) as (_, stubs):
        before = score(stubs, LEAD)
        record(stubs, LEAD.lead_id, 9)
        after = score(stubs, LEAD)
    assert (after.probability, list(after.warnings)) == (before.probability, [])


def test_features_are_scaled_by_what_the_serving_version_has_seen(looking_home):
    with served_here(looking_home) as (_, stubs):
        record(stubs, LEAD.lead_id, 4)
        asked = feature_service_pb2.GetLeadFeaturesRequest(
            lead_id=LEAD.lead_id,
            feature_names=["total_interactions"],
            scaling=feature_service_pb2.FEATURE_SCALING_MIN_MAX,
        )
        found = stubs.features.GetLeadFeatures(asked)
    held = offline_model(behaving_version().files).scaling.ranges["total_interactions"]
    assert found.vector.features["total_interactions"].number == pytest.approx(
        (4 - held.least) / (held.most - held.least)
    )
