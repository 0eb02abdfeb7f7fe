"""FeatureService against a running server, with the client and the command."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import grpc
import leadline
import pytest
from click.testing import CliRunner
from google.rpc import code_pb2
from leadline.command.root import main
from leadline.v1 import event_pb2, event_service_pb2, lead_pb2, lead_service_pb2
from leadline.v1 import feature_service_pb2 as pb

from core.adapters.sql import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.interaction_store import SqlInteractionStore
from core.adapters.sql.served_vector_store import SqlServedVectorStore
from core.behavior.plan import LEAD_PLAN
from core.caller import LOCAL_CALLER, Role
from core.features.streams.live import StreamState
from core.identifiers import LeadId
from core.interactions.plan import INTERACTION_PLAN
from core.interactions.updating import InteractionUpdates
from tests.parts.errors import failure_in, failure_of
from tests.parts.fitted import database_url
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.serving import Stubs, served_here

VIEWED, SAVED = event_pb2.EVENT_KIND_ITEM_VIEWED, event_pb2.EVENT_KIND_ITEM_SAVED
TENANT = LOCAL_CALLER.tenant


@pytest.fixture(scope="module")
def served(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    home = Path(shutil.copytree(active_home, tmp_path_factory.mktemp("features") / "home"))
    with served_here(home, served_vector_share=1) as (server, stubs):
        yield server, stubs, home


@pytest.fixture
def stubs(served) -> Stubs:
    return served[1]


@pytest.fixture
def client(served) -> Iterator[leadline.Client]:
    with leadline.Client(f"127.0.0.1:{served[0].port}") as client:
        yield client


def record(stubs: Stubs, *events: event_pb2.Event, **options) -> None:
    done = stubs.events.RecordEvents(event_service_pb2.RecordEventsRequest(events=events), **options)
    assert [one.status for one in done.results] == [event_service_pb2.EVENT_STATUS_RECORDED] * len(events)


def event(event_id: str, lead_id: str, kind=VIEWED, item_id: str = "loft", **fields) -> event_pb2.Event:
    return event_pb2.Event(event_id=event_id, lead_id=lead_id, kind=kind, item_id=item_id, **fields)


def refused(call, request, **options):
    with pytest.raises(grpc.RpcError) as caught:
        call(request, **options)
    return failure_of(caught.value)


def whole_log(home: Path, lead_id: str) -> list:
    database = open_database(database_url(home))
    try:
        return list(SqlEventLog(database, lambda: datetime.now(UTC)).of_lead(TENANT, LeadId(lead_id)))
    finally:
        database.close()


def microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def test_an_event_is_in_the_features_as_soon_as_it_is_recorded(served, stubs, client):
    assert client.lead_features("quick").event_count == 0
    for number in range(1, 4):
        record(stubs, event(f"q{number}", "quick"))
        found = client.lead_features("quick")
        assert found.event_count == number
        assert found.features["total_interactions"] == number
    state = StreamState(LEAD_PLAN)
    for one in whole_log(served[2], "quick"):
        state.add(one)
    assert found.features == state.values(microseconds(found.as_of_time))
    assert (found.definitions_hash, found.item_id, found.scaling_version) == (LEAD_PLAN.hash, "", "")
    assert found.processing_duration.total_seconds() > 0
    assert microseconds(found.last_event_time) == whole_log(served[2], "quick")[-1].occurred_us


def test_events_that_another_process_records_are_in_the_features_within_a_second(served, client):
    database = open_database(database_url(served[2]))
    log = SqlEventLog(database, lambda: datetime.now(UTC))
    try:
        assert client.lead_features("elsewhere").event_count == 0
        log.append(LOCAL_CALLER, "", whole_events("elsewhere", 2))
        deadline = time.monotonic() + 5
        while client.lead_features("elsewhere").event_count != 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        database.close()


def whole_events(lead_id: str, count: int):
    from tests.parts.events import event as sent

    return [sent(f"{lead_id}{number}", lead_id) for number in range(count)]


def test_a_lead_without_events_has_the_defaults_and_names_choose(client):
    found = client.lead_features("nobody", names=("total_interactions", "days_since_last"))
    assert found.features == {"total_interactions": 0.0, "days_since_last": None}
    assert (found.last_event_time, found.up_to_sequence) == (None, 0)
    with pytest.raises(leadline.InvalidRequest) as caught:
        client.lead_features("nobody", names=("total_interactions", "no_such"))
    assert [violation.field for violation in caught.value.violations] == ["feature_names[1]"]
    with pytest.raises(leadline.InvalidRequest):
        client.lead_features("not an id")


def test_a_batch_answers_each_lead(stubs, client):
    record(stubs, event("b1", "batch"))
    results = client.batch_lead_features(["batch", "not an id", "nobody"], names=("total_interactions",))
    assert [None if one.vector is None else one.vector.features["total_interactions"] for one in results] == [
        1.0,
        None,
        0.0,
    ]
    assert results[1].error.violations[0].field == "lead_ids[1]"
    for lead_ids in ([], ["a"] * 101):
        with pytest.raises(leadline.InvalidRequest, match="lead_ids must be 1 to 100"):
            client.batch_lead_features(lead_ids)


def test_without_a_version_that_knows_scaling_there_is_none(stubs, client, served, monkeypatch):
    with pytest.raises(leadline.FailedPrecondition) as caught:
        client.lead_features("nobody", scaling=leadline.FeatureScaling.MIN_MAX)
    assert caught.value.reason == "NO_SCALING"
    invalid = refused(stubs.features.GetLeadFeatures, pb.GetLeadFeaturesRequest(lead_id="a", scaling=9))
    assert invalid.code is grpc.StatusCode.INVALID_ARGUMENT


def test_interaction_features_are_live_whatever_the_worker_has_done(served, stubs, client):
    record(stubs, event("i1", "pairs"), event("i2", "pairs", item_id="den"), event("i3", "pairs"))
    assert client.interaction_features("pairs", "loft").features["total_views"] == 2
    database = open_database(database_url(served[2]))
    clock = lambda: datetime.now(UTC)  # noqa: E731
    try:
        updates = InteractionUpdates(SqlEventLog(database, clock), SqlInteractionStore(database, clock))
        updates.run(TENANT, microseconds(datetime.now(UTC)))
    finally:
        database.close()
    record(stubs, event("i4", "pairs"), event("i5", "pairs", kind=SAVED))
    found = client.interaction_features("pairs", "loft")
    state = StreamState(INTERACTION_PLAN)
    for one in whole_log(served[2], "pairs"):
        if one.item_id == "loft":
            state.add(one)
    values = state.values(microseconds(found.as_of_time))
    first = values.pop("first_view_date")
    assert microseconds(found.features["first_view_date"]) == first
    values.pop("last_view_date")
    assert {name: found.features[name] for name in values} == values
    assert (found.item_id, found.event_count) == ("loft", 4)
    results = client.batch_interaction_features([("pairs", "den"), ("pairs", "no id"), ("pairs", "nothing")])
    assert [None if one.vector is None else one.vector.event_count for one in results] == [1, None, 0]
    assert results[1].error.violations[0].field == "pairs[1].item_id"
    with pytest.raises(leadline.InvalidRequest, match="feature_names"):
        client.interaction_features("pairs", "loft", names=["peak_hour"])
    with pytest.raises(leadline.InvalidRequest, match="pairs must be 1 to 100"):
        client.batch_interaction_features([])


def test_definitions_are_those_of_the_plans(stubs, client):
    found = list(client.feature_definitions(page_size=50))
    assert [(one.entity.value, one.name) for one in found] == [
        (plan.name, feature.name) for plan in (LEAD_PLAN, INTERACTION_PLAN) for feature in plan.features
    ]
    by_name = {(one.entity.value, one.name): one for one in found}
    for plan in (LEAD_PLAN, INTERACTION_PLAN):
        for feature in plan.features:
            one = by_name[plan.name, feature.name]
            assert (one.unit, one.window, one.version, one.description, one.default) == (
                feature.unit,
                feature.window,
                feature.version,
                feature.description,
                feature.default,
            )
    only = list(client.feature_definitions(leadline.FeatureEntity.LEAD_ITEM))
    assert [one.name for one in only] == [feature.name for feature in INTERACTION_PLAN.features]
    page = stubs.features.ListFeatureDefinitions(pb.ListFeatureDefinitionsRequest(page_size=3))
    other = pb.ListFeatureDefinitionsRequest(page_token=page.next_page_token, entity=pb.FEATURE_ENTITY_LEAD)
    assert refused(stubs.features.ListFeatureDefinitions, other).code is grpc.StatusCode.INVALID_ARGUMENT
    assert (
        refused(stubs.features.ListFeatureDefinitions, pb.ListFeatureDefinitionsRequest(entity=9)).code
        is grpc.StatusCode.INVALID_ARGUMENT
    )


def test_what_was_served_is_kept_as_it_was(served, stubs, client):
    record(stubs, event("k1", "kept"), event("k2", "kept", kind=SAVED))
    found = client.lead_features("kept", names=["peak_hour"])
    database = open_database(database_url(served[2]))
    store = SqlServedVectorStore(database)
    at_us = microseconds(found.as_of_time)
    asked = {"plan_hash": LEAD_PLAN.hash, "since_us": at_us, "until_us": at_us + 1, "limit": 10}
    try:
        deadline = time.monotonic() + 10
        while not (kept := [one for one in store.sample(TENANT, **asked) if one.lead_id == "kept"]):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        database.close()
    assert len(kept) == 1
    state = StreamState(LEAD_PLAN)
    for one in whole_log(served[2], "kept"):
        state.add(one)
    assert kept[0].features == state.values(at_us)
    assert kept[0].up_to_sequence == found.up_to_sequence


def test_the_command_shows_features_and_definitions(served, stubs):
    record(stubs, event("c1", "commanded"))

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["--target", f"127.0.0.1:{served[0].port}", "features", *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert "1 events" in run("commanded")
    assert json.loads(run("commanded", "--json", "--name", "total_interactions"))["features"] == {
        "total_interactions": 1.0
    }
    assert "total_views" in run("commanded", "--item", "loft")
    names = [json.loads(one)["name"] for one in run("definitions", "--json").splitlines()]
    assert len(names) == len(LEAD_PLAN.features) + len(INTERACTION_PLAN.features)
    assert "lead_behavior" in run("definitions")
    wrong = CliRunner().invoke(main, ["features", "a", "--item", "b", "--scaling", "min_max"])
    assert wrong.exit_code == 2


def test_a_seller_sees_the_features_of_own_leads_only(active_home: Path, tmp_path: Path):
    home = Path(shutil.copytree(active_home, tmp_path / "home"))
    ann = bearer(make_key(home, "acme", Role.SELLER, owner_id="ann").secret)
    admin = bearer(make_key(home, "acme", Role.ADMIN).secret)
    with served_here(home, auth="api_key", api_key_pepper=PEPPER) as (_, stubs):
        leads = [lead_pb2.Lead(lead_id="anns", owner_id="ann"), lead_pb2.Lead(lead_id="bobs", owner_id="bob")]
        writes = [lead_service_pb2.LeadWrite(lead=one) for one in leads]
        stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=writes), metadata=admin)
        record(stubs, event("s1", "anns"), event("s2", "bobs"), metadata=admin)
        own = stubs.features.GetLeadFeatures(pb.GetLeadFeaturesRequest(lead_id="anns"), metadata=ann)
        assert own.vector.event_count == 1
        one = pb.GetLeadFeaturesRequest(lead_id="bobs")
        pair = pb.GetInteractionFeaturesRequest(lead_id="bobs", item_id="loft")
        for call, request in ((stubs.features.GetLeadFeatures, one), (stubs.features.GetInteractionFeatures, pair)):
            assert refused(call, request, metadata=ann).code is grpc.StatusCode.NOT_FOUND
        many = stubs.features.BatchGetLeadFeatures(
            pb.BatchGetLeadFeaturesRequest(lead_ids=["bobs", "anns", "never"]), metadata=ann
        )
        assert [one.error.code for one in many.results] == [code_pb2.NOT_FOUND, 0, code_pb2.NOT_FOUND]
        pairs = [pb.LeadItem(lead_id=lead, item_id="loft") for lead in ("bobs", "anns")]
        many = stubs.features.BatchGetInteractionFeatures(
            pb.BatchGetInteractionFeaturesRequest(pairs=pairs), metadata=ann
        )
        assert failure_in(many.results[0].error).code is grpc.StatusCode.NOT_FOUND
        assert many.results[1].vector.event_count == 1
