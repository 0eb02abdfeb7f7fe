"""AssessHealth over a real channel."""

from __future__ import annotations

import json
import math
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from click.testing import CliRunner
from leadline import Client, Momentum, NotFound, QualificationCriterion
from leadline import LeadLevel as ClientLevel
from leadline.command import main
from leadline.v1 import conversation_pb2, lead_service_pb2, scoring_service_pb2
from leadline.v1 import health_pb2 as pb
from leadline.v1 import intelligence_service_pb2 as service

from core.adapters.sql.conversation_facts import SqlConversationFacts
from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_health_store import SqlLeadHealthStore
from core.caller import LOCAL_CALLER, Role
from core.conversation.facts_store import NewFacts, StoredFacts
from core.errors import DependencyDown
from core.health.health import LeadLevel
from core.identifiers import LeadId
from tests.parts.fitted import database_url
from tests.parts.health import READY, TALK
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.messages import lead_message
from tests.parts.serving import served_here
from tests.parts.shopping import Shop, until

TENANT = LOCAL_CALLER.tenant


@pytest.fixture(scope="module")
def home(active_home, tmp_path_factory) -> Path:
    return Path(shutil.copytree(active_home, tmp_path_factory.mktemp("health") / "home"))


@pytest.fixture(scope="module")
def server(home):
    with served_here(home) as (serving, stubs):
        stubs.target = f"127.0.0.1:{serving.port}"
        yield stubs


@pytest.fixture(scope="module")
def database(home):
    opened = open_database(database_url(home))
    yield opened
    opened.close()


def put(stubs, *leads, **options):
    writes = [lead_service_pb2.LeadWrite(lead=lead) for lead in leads]
    request = lead_service_pb2.UpsertLeadsRequest(request_id=f"put-{leads[0].lead_id}", leads=writes)
    stubs.leads.UpsertLeads(request, **options)


def owned(lead_id, owner_id):
    lead = lead_message(lead_id=lead_id)
    lead.owner_id = owner_id
    return lead


def assess(stubs, lead_id, **options):
    return stubs.intelligence.AssessHealth(service.AssessHealthRequest(lead_id=lead_id), **options).health


def said(database, lead_id, facts, conversation_id="c1"):
    now = datetime.now(UTC)
    kept = {f"analysis.{name}": value for name, value in facts.items() if name != "hours_since_lead_message"}
    stored = StoredFacts(
        lead_id=LeadId(lead_id),
        conversation_id=conversation_id,
        message_count=4,
        last_message_time=now,
        facts=kept,
        update_time=now,
        lead_message_time=now,
        deadline=now + timedelta(days=10),
    )
    SqlConversationFacts(database).append([NewFacts(tenant=TENANT, stored=stored)])


def check(health):
    assert health.base_points + math.fsum(one.points for one in health.reasons) == pytest.approx(
        health.health_score, abs=1e-6
    )
    assert [part.criterion for part in health.qualification.parts] == [1, 2, 3, 4]
    assert list(health.qualification.missing) == [
        part.criterion for part in health.qualification.parts if not part.HasField("score")
    ]


def test_a_stored_lead_has_the_probability_that_scores_it(server):
    lead = lead_message(lead_id="stored")
    put(server, lead)
    health = assess(server, "stored")
    check(health)
    bare = scoring_service_pb2.ScoreRequest(lead=type(lead)(lead_id="stored"))
    score = server.scoring.Score(bare).result
    assert health.conversion_probability == pytest.approx(score.probability)
    assert health.conversion_interval == score.probability_interval
    assert health.model_version == score.model_version != ""
    assert health.momentum == conversation_pb2.MOMENTUM_UNSPECIFIED
    assert [one.component for one in health.reasons] == ["conversion"]
    assert not health.HasField("trend_points_per_week")
    assert health.level_time == health.assess_time
    assert 0.0 < health.cold_risk < 1.0


def test_without_a_model_no_version_is_named(home_without_model):
    with served_here(home_without_model) as (_, stubs):
        put(stubs, lead_message(lead_id="plain"))
        health = assess(stubs, "plain")
    assert health.model_version == ""
    assert health.HasField("conversion_probability")
    assert [warning.code for warning in health.warnings] == ["NO_MODEL"]


def test_a_lead_that_has_only_events_has_no_probability(server):
    Shop(server.channel).did("visitor", ("ITEM_VIEWED", "i1"), ("INQUIRY_SENT", "i1"), ("VIEWING_SCHEDULED", "i1"))
    health = assess(server, "visitor")
    check(health)
    assert not health.HasField("conversion_probability")
    assert not health.HasField("conversion_interval")
    assert health.engagement_score == pytest.approx(100.0 * 9.0 / 29.0, abs=0.5)
    assert health.qualification.parts[2].text == "Made an appointment, a booking or a purchase"


def test_conversations_are_taken_in_and_the_level_follows(server, database):
    put(server, lead_message(lead_id="talker"))
    before = assess(server, "talker")
    assert before.level == pb.LEAD_LEVEL_COLD_LEAD
    said(database, "talker", TALK, "c0")
    said(database, "talker", READY)
    health = assess(server, "talker")
    check(health)
    assert health.conversation_count == 2
    assert health.level >= pb.LEAD_LEVEL_HIGHLY_QUALIFIED
    assert health.momentum == conversation_pb2.MOMENTUM_ACCELERATING
    assert not health.qualification.missing
    (change,) = health.level_changes
    assert (change.from_level, change.to_level) == (pb.LEAD_LEVEL_COLD_LEAD, health.level)
    assert change.change_time == health.level_time == health.assess_time
    assert health.confidence > before.confidence

    store = SqlLeadHealthStore(database)
    until(lambda: (found := store.get(TENANT, LeadId("talker"))) is not None and found.changes)
    again = assess(server, "talker")
    assert (again.level, again.level_time) == (health.level, health.level_time)
    assert list(again.level_changes) == [change]


def test_another_process_knows_the_level_and_the_trend(server, database, home):
    put(server, lead_message(lead_id="known"))
    first = assess(server, "known")
    store = SqlLeadHealthStore(database)
    until(lambda: store.get(TENANT, LeadId("known")) is not None)
    with served_here(home) as (_, stubs):
        second = assess(stubs, "known")
    assert second.level_time == first.level_time


def test_while_the_store_is_down_what_is_at_hand_answers(home_without_model, monkeypatch):
    with served_here(home_without_model) as (serving, stubs):
        put(stubs, lead_message(lead_id="l1"))
        before = assess(stubs, "l1")

        def refuse(_tenant):
            raise DependencyDown("store")

        for name in ("read", "write"):
            monkeypatch.setattr(serving.database, name, refuse)
        after = assess(stubs, "l1")
        assert {"STALE_LEAD", "CONVERSATIONS_UNKNOWN", "LEVEL_UNKNOWN"} <= {one.code for one in after.warnings}
        assert after.health_score == pytest.approx(before.health_score, abs=0.01)
        with pytest.raises(grpc.RpcError) as raised:
            assess(stubs, "never-asked-for")
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        monkeypatch.undo()
        assert [one.code for one in assess(stubs, "l1").warnings] == ["NO_MODEL"]


@pytest.mark.parametrize("lead_id", ["nobody", "a" * 128])
def test_who_is_neither_stored_nor_has_events_is_not_found(server, lead_id):
    with pytest.raises(grpc.RpcError) as raised:
        assess(server, lead_id)
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("lead_id", ["", "no spaces", "a" * 129])
def test_a_malformed_id_is_refused(server, lead_id):
    with pytest.raises(grpc.RpcError) as raised:
        assess(server, lead_id)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "lead_id" in raised.value.details()


def test_a_seller_is_told_of_its_own_leads_only(active_home, tmp_path):
    home = Path(shutil.copytree(active_home, tmp_path / "home"))
    ann = bearer(make_key(home, "acme", Role.SELLER, owner_id="ann").secret)
    admin = bearer(make_key(home, "acme", Role.ADMIN).secret)
    with served_here(home, auth="api_key", api_key_pepper=PEPPER) as (_, stubs):
        put(stubs, owned("hers", "ann"), owned("his", "bob"), metadata=admin)
        assert assess(stubs, "hers", metadata=ann).lead_id == "hers"
        refusals = []
        for lead_id in ("his", "nobody"):
            with pytest.raises(grpc.RpcError) as raised:
                assess(stubs, lead_id, metadata=ann)
            refusals.append((raised.value.code(), raised.value.details().replace(lead_id, "x")))
        assert refusals[0] == refusals[1]
        assert refusals[0][0] is grpc.StatusCode.NOT_FOUND


@pytest.fixture(scope="module")
def target(server, database):
    put(server, lead_message(lead_id="asked"))
    said(database, "asked", READY | {"is_decision_maker": False})
    assess(server, "asked")
    return server.target


def test_the_client_gives_what_the_wire_says(server, target):
    with Client(target) as client:
        health = client.health("asked")
        with pytest.raises(NotFound):
            client.health("nobody")
    wire = assess(server, "asked")
    assert health.health_score == pytest.approx(wire.health_score, abs=0.01)
    assert health.base_points + math.fsum(one.points for one in health.reasons) == pytest.approx(health.health_score)
    assert pb.LeadLevel.Name(wire.level) == f"LEAD_LEVEL_{health.level.name}"
    assert health.momentum is Momentum.ACCELERATING
    assert [part.criterion for part in health.qualification.parts] == list(QualificationCriterion)[:4]
    assert health.qualification.parts[1].score == pytest.approx(0.2)
    assert health.conversion_interval is not None
    assert health.trend_points_per_week is None


def test_the_command_prints_the_health_or_gives_it_as_json(target):
    runner = CliRunner()
    shown = runner.invoke(main, ["--target", target, "health", "asked"])
    assert shown.exit_code == 0, shown.output
    for words in ("momentum accelerating", "Conversion probability", "Others decide", "risk of going cold"):
        assert words in shown.output
    told = runner.invoke(main, ["--target", target, "--json", "health", "asked"])
    assert json.loads(told.output)["level"] == "ready_to_close"
    missing = runner.invoke(main, ["--target", target, "health", "nobody"])
    assert missing.exit_code != 0


def test_every_name_of_the_domain_is_on_the_wire_and_in_the_client():
    assert [f"LEAD_LEVEL_{level.name}" for level in LeadLevel] == pb.LeadLevel.keys()[1:]
    assert [level.value for level in LeadLevel] == [level.value for level in ClientLevel][:-1]
