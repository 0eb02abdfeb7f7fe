"""NextBestActions and ActionCatalogService through gRPC, the client and the command."""

from __future__ import annotations

import json
import math
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta

import grpc
import leadline
import pytest
from click.testing import CliRunner
from leadline import (
    Action,
    ActionCatalog,
    ActionCategory,
    ActionOutcome,
    All,
    AnyOf,
    Client,
    ComparisonOperator,
    ContactCap,
    ContextWeight,
    CoolDown,
    DropReason,
    FieldComparison,
    Lead,
    Not,
    QuietHours,
    RankingBasis,
)
from leadline.command import main
from leadline.v1 import action_catalog_service_pb2 as catalogs
from leadline.v1 import action_pb2, criterion_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from core.adapters.sql.action_decision_store import decision_of
from core.adapters.sql.engine import open_database
from core.adapters.sql.tables import action_decisions
from tests.parts.fitted import database_url
from tests.parts.serving import served_here
from tests.parts.shopping import until

VIP = FieldComparison(field="lead.attributes.vip", operator=ComparisonOperator.EQUAL, value=True)
COSTLY = FieldComparison(field="lead.price", operator=ComparisonOperator.AT_LEAST, value=100.0)
CATALOG = ActionCatalog(
    actions=(
        Action(
            action_id="call",
            title="Call",
            category=ActionCategory.IMMEDIATE_RESPONSE,
            channel="phone",
            priority=50.0,
            needs_consent=True,
            cool_down=CoolDown(action=timedelta(days=1)),
            due_within=timedelta(minutes=30),
            wording="Hello, about {lead.title}. Your budget is {needs.budget}.",
        ),
        Action(
            action_id="mail",
            title="Write",
            category=ActionCategory.NURTURING,
            channel="email",
            priority=40.0,
            context_weights=(ContextWeight(criterion=COSTLY, percent=55.0, reason="It is worth much"),),
            excluded_action_ids=("gift",),
        ),
        Action(action_id="gift", title="Gift", category=ActionCategory.ENGAGEMENT, priority=30.0, eligibility=VIP),
        Action(
            action_id="later",
            title="Later",
            category=ActionCategory.CONVERSION,
            priority=20.0,
            start_time=datetime(2099, 1, 1, tzinfo=UTC),
        ),
        Action(action_id="wait", title="Wait", category=ActionCategory.NURTURING, priority=1.0),
    ),
    baseline_action_id="wait",
)


@pytest.fixture(scope="module")
def served(registered_home, tmp_path_factory):
    home = shutil.copytree(registered_home, tmp_path_factory.mktemp("next") / "home")
    with served_here(home, poll_seconds=0.05) as (server, stubs):
        yield home, server, stubs


@pytest.fixture(scope="module")
def client(served):
    with Client(f"127.0.0.1:{served[1].port}") as client:
        client.upsert_leads(
            [
                Lead(lead_id="l1", title="Loft", price=200.0, attributes={"vip": True, "consent_phone": True}),
                Lead(lead_id="l2", title="Barn", price=20.0, email="a@b.example", phone="1"),
            ]
        )
        yield client


@pytest.fixture
def run(served):
    def run(*arguments, input=None):  # noqa: A002 - as the runner calls it
        return CliRunner().invoke(main, ["--target", f"127.0.0.1:{served[1].port}", *map(str, arguments)], input=input)

    return run


@pytest.fixture(scope="module")
def published(client):
    return client.publish_action_catalog(CATALOG, reason="first")


def refusal(call):
    with pytest.raises(grpc.RpcError) as raised:
        call()
    return raised.value.code(), raised.value.details()


def test_the_built_in_catalogue_serves_where_none_was_published(client, tmp_path, run):
    built_in = client.action_catalog(0)
    assert {one.category for one in built_in.catalog.actions} == set(ActionCategory) - {ActionCategory.UNKNOWN}
    assert (built_in.version, built_in.is_active, built_in.create_time) == (0, True, None)
    # What is shown can be published again.
    shown = run("actions", "show", "--json")
    assert shown.exit_code == 0, shown.output
    file = tmp_path / "catalog.json"
    file.write_text(shown.output)
    checked = run("actions", "publish", file, "--check")
    assert checked.exit_code == 0, checked.output
    assert checked.output == f"Nothing is wrong with {len(built_in.catalog.actions)} actions; nothing was kept.\n"
    kept = client.publish_action_catalog(built_in.catalog, validate_only=True)
    assert (kept.version, kept.catalog) == (0, built_in.catalog)


def test_actions_are_ranked_with_terms_that_multiply_back(client, published):
    assert (published.version, published.is_active, published.reason) == (1, True, "first")
    answer = client.next_best_actions("l1", explain=True)
    assert [one.action_id for one in answer.actions] == ["mail", "call", "wait"]
    assert (answer.basis, answer.catalog_version, answer.model_version) == (RankingBasis.PRIORITY, 1, "")
    for place, one in enumerate(answer.actions, 1):
        assert one.priority == place
        assert one.rank_score == math.prod(term.factor for term in one.terms)
        assert [term.name for term in one.terms] == ["priority", "context", "lever", "fatigue"]
        assert (one.estimated_impact, one.evidence_count) == (None, 0)
        assert 0.0 <= one.confidence <= 0.5
    assert [one.propensity for one in answer.actions] == [1.0, 0.0, 0.0]
    assert answer.actions[0].reasons[0] == "It is worth much"
    call = answer.actions[1]
    assert call.suggested_wording == "Hello, about Loft."
    assert call.due_time - answer.decide_time == timedelta(minutes=30)
    dropped = {one.action_id: one.reason for one in answer.dropped_actions}
    assert dropped == {"gift": DropReason.EXCLUDED_IN_ANSWER, "later": DropReason.NOT_VALID_NOW}
    assert answer.health.lead_id == "l1"
    without = client.next_best_actions("l1")
    assert without.dropped_actions == ()


def test_what_was_done_rests(client, published):
    answer = client.next_best_actions("l1")
    call = next(one for one in answer.actions if one.action_id == "call")
    client.record_action_outcome(ActionOutcome.ACCEPTED, call.action_token)
    client.record_action_outcome(ActionOutcome.REJECTED, lead_id="l1", action_id="wait")
    after = client.next_best_actions("l1", explain=True)
    dropped = {one.action_id: one for one in after.dropped_actions}
    assert dropped["call"].reason is DropReason.ACTION_COOL_DOWN
    assert timedelta(hours=23) < dropped["call"].available_time - after.decide_time <= timedelta(days=1)
    assert dropped["wait"].reason is DropReason.REJECTED
    assert dropped["wait"].available_time is None
    tired = client.next_best_actions("l2", explain=True, limit=25)
    assert {one.action_id: one.reason for one in tired.dropped_actions} == {
        "call": DropReason.NO_CONSENT,
        "gift": DropReason.NOT_ELIGIBLE,
        "later": DropReason.NOT_VALID_NOW,
    }


def test_answers_are_logged_with_their_probabilities(served, client, published):
    answer = client.next_best_actions("l2", agent_id="a1", limit=1)

    def logged():
        with closing(open_database(database_url(served[0]))) as database, database.read("default") as connection:
            rows = [decision_of(row) for row in connection.execute(action_decisions.select())]
        return [row for row in rows if row.decide_time == answer.decide_time]

    until(logged)
    (row,) = logged()
    assert (row.lead_id, row.agent_id, row.catalog_version, row.basis) == ("l2", "a1", 1, "priority")
    assert [one.action_id for one in row.candidates] == ["mail", "wait"]
    assert [one.propensity for one in row.candidates] == [1.0, 0.0]
    assert row.shown == ["mail"]
    assert row.facts["lead.price"] == 20.0


def test_a_published_catalogue_serves_at_once_and_the_one_before_can_come_back(client, published, run):
    second = ActionCatalog(actions=(Action(action_id="only", title="Only", category=ActionCategory.NURTURING),))
    kept = client.publish_action_catalog(second, keep_inactive=True)
    assert not kept.is_active
    assert client.next_best_actions("l2").catalog_version == 1
    assert [one.action_id for one in client.next_best_actions("l2", catalog_version=kept.version).actions] == ["only"]
    assert client.activate_action_catalog(kept.version).is_active
    assert client.next_best_actions("l2").catalog_version == kept.version
    assert run("actions", "activate", 1, "--reason", "back").output == "Version 1 is in use.\n"
    assert client.next_best_actions("l2").catalog_version == 1
    versions = list(client.action_catalogs(page_size=1))
    assert [(one.version, one.is_active, one.catalog) for one in versions[-2:]] == [(2, False, None), (1, True, None)]


def test_all_of_a_catalogue_comes_back(client):
    one_of = FieldComparison(field="health.level", operator=ComparisonOperator.ONE_OF, texts=("engaged", "cold_lead"))
    known = FieldComparison(field="analysis.intents", operator=ComparisonOperator.KNOWN)
    catalog = ActionCatalog(
        actions=(
            Action(
                action_id="a",
                title="A",
                category=ActionCategory.CONVERSION,
                group="g",
                channel="sms",
                eligibility=All((VIP, Not(AnyOf((one_of, known))))),
                start_time=datetime(2026, 1, 1, tzinfo=UTC),
                end_time=datetime(2026, 2, 1, 12, 30, tzinfo=UTC),
                cool_down=CoolDown(action=timedelta(hours=1), group=timedelta(days=2), channel=timedelta(minutes=3)),
                lead_cap=ContactCap(count=2, window=timedelta(days=7)),
                agent_cap=ContactCap(count=3, window=timedelta(days=1)),
                daily_cap=9,
                excluded_action_ids=("b",),
                exclusion_window=timedelta(days=3),
                needs_consent=True,
                value=100.0,
                cost=1.5,
                lever=2.0,
                priority=10.0,
                context_weights=(ContextWeight(criterion=COSTLY, percent=-10.0, reason="r"),),
                due_within=timedelta(hours=5),
                wording="{lead.title}",
            ),
            Action(action_id="b", title="B", category=ActionCategory.NURTURING, lever=1.0),
        ),
        quiet_hours=(QuietHours(channel="sms", start_minute=1290, end_minute=480, quiet_weekdays=(6, 7)),),
        default_time_zone="Europe/Vienna",
        time_zone_attribute="zone",
        consent_prefix="ok_",
        lead_cap=ContactCap(count=4, window=timedelta(days=30)),
        agent_cap=ContactCap(count=50, window=timedelta(days=1)),
        exploration=0.05,
        not_now_half_life=timedelta(days=3),
        outcome_window=timedelta(days=14),
        baseline_action_id="b",
    )
    kept = client.publish_action_catalog(catalog, keep_inactive=True)
    assert client.action_catalog(kept.version).catalog == catalog


def test_the_command_says_what_to_do(client, published, run, tmp_path):
    said = run("actions", "l2", "--limit", 2, "--explain")
    assert said.exit_code == 0, said.output
    assert "1. Write (mail, nurturing, email)" in said.output
    assert "Left out:\n" in said.output
    assert " (no consent): " in said.output
    found = json.loads(run("actions", "l2", "--json").output)
    assert [one["action_id"] for one in found["actions"]] == ["mail", "wait"]
    assert "spring" not in run("actions", "history").output
    file = tmp_path / "catalog.json"
    file.write_text(
        '{"actions": [{"action_id": "a", "title": "A", "category": "nurturing", "cool_down": {"action": "x"}}]}'
    )
    wrong = run("actions", "publish", file)
    assert wrong.exit_code == 2
    assert "catalog.actions[0].cool_down.action must be a number of seconds" in wrong.output
    file.write_text(
        json.dumps(
            {
                "actions": [
                    {
                        "action_id": "a",
                        "title": "A",
                        "category": "nurturing",
                        "cool_down": {"action": "7d"},
                        "eligibility": {"all": [{"field": "lead.price", "is": "less", "value": 3}]},
                    }
                ],
                "quiet_hours": [{"start_minute": "21:00", "end_minute": "08:00"}],
            }
        )
    )
    assert run("actions", "publish", file, "--inactive", "--reason", "spring").output.endswith(
        "1 action, not in use.\n"
    )
    assert "spring" in run("actions", "history").output
    assert "Call" in run("actions", "show", 1).output
    assert run("actions", "nobody").exit_code == 1


WRONG = [
    ({"actions": []}, "catalog.actions must be 1 to 1,000, not 0"),
    ({"actions": [{"action_id": "A b", "title": "t", "category": 1}]}, "catalog.actions[0].action_id must be 1 to 64"),
    ({"actions": [{"action_id": "a", "title": "t"}]}, "catalog.actions[0].category must be one of those"),
    (
        {"actions": [{"action_id": "a", "title": "t", "category": 1, "excluded_action_ids": ["b"]}]},
        "catalog.actions[0].excluded_action_ids[0] must be an action of the catalogue",
    ),
    (
        {"actions": [{"action_id": "a", "title": "t", "category": 1, "excluded_action_ids": ["a"]}]},
        "catalog.actions[0].excluded_action_ids must not name the action itself",
    ),
    (
        {"actions": [{"action_id": "a", "title": "t", "category": 1}] * 2},
        "catalog.actions[1].action_id must be there once: actions[0] has it too",
    ),
    ({"actions": [{"action_id": "a", "title": "t", "category": 1, "lever": 11}]}, "actions[0].lever must be 0.1 to 10"),
    ({"actions": [{"action_id": "a", "title": "t", "category": 1, "value": math.nan}]}, "value must be 0 to 1e+12"),
    ({"actions": [{"action_id": "a", "title": "t", "category": 1, "wording": "{lead.x}"}]}, "actions[0].wording must"),
    (
        {"actions": [{"action_id": "a", "title": "t", "category": 1, "cool_down": {"action": {"seconds": -1}}}]},
        "catalog.actions[0].cool_down.action must not be negative",
    ),
    (
        {"actions": [{"action_id": "a", "title": "t", "category": 1, "lead_cap": {"count": 0}}]},
        "catalog.actions[0].lead_cap.count must be 1 to 10,000",
    ),
    ({"actions": [{"action_id": "a", "title": "t", "category": 1}], "default_time_zone": "../x"}, "a zone of the IANA"),
    (
        {"actions": [{"action_id": "a", "title": "t", "category": 1}], "exploration": 0.3},
        "exploration must be 0 to 0.2",
    ),
    (
        {"actions": [{"action_id": "a", "title": "t", "category": 1}], "quiet_hours": [{"start_minute": 1440}]},
        "catalog.quiet_hours[0].start_minute must be 0 to 1439",
    ),
]


@pytest.mark.parametrize(("catalog", "words"), WRONG)
def test_a_catalogue_that_is_wrong_is_refused_in_words(served, catalog, words):
    request = catalogs.PublishActionCatalogRequest(request_id="wrong", catalog=action_pb2.ActionCatalog(**catalog))
    code, details = refusal(lambda: served[2].action_catalogs.PublishActionCatalog(request))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert words in details


def nested(depth):
    criterion = criterion_pb2.Criterion(
        comparison={"field": "lead.price", "operator": criterion_pb2.COMPARISON_OPERATOR_KNOWN}
    )
    for _ in range(depth - 1):
        criterion = criterion_pb2.Criterion(any=criterion_pb2.CriterionList(criteria=[criterion]))
    return criterion


COMPARED = [
    ({"field": "lead.nothing", "operator": 1}, "eligibility.comparison.field must be a field of docs/criteria.md"),
    (
        {"field": "lead.price", "operator": 2, "text": "x"},
        "eligibility.comparison.value must be a number, as the field is",
    ),
    ({"field": "lead.price", "operator": 2}, "eligibility.comparison.value must be set for EQUAL"),
    ({"field": "lead.title", "operator": 4, "number": 1}, "eligibility.comparison.operator must be one"),
    ({"field": "lead.title", "operator": 8}, "eligibility.comparison.texts must be 1 to 100, not 0"),
    ({"field": "lead.title", "operator": 0}, "eligibility.comparison.operator must be one of those in the contract"),
    ({"field": "lead.title", "operator": 77}, "eligibility.comparison.operator must be one of those in the contract"),
    ({"field": "analysis.intents", "operator": 2, "text": "x"}, "eligibility.comparison.operator must be one"),
    (
        {"field": "health.score", "operator": 4, "number": math.inf},
        "eligibility.comparison.value must be a number from",
    ),
]


@pytest.mark.parametrize(("comparison", "words"), COMPARED)
def test_a_criterion_that_is_wrong_is_refused_in_words(served, comparison, words):
    criterion = criterion_pb2.Criterion(comparison=criterion_pb2.FieldComparison(**comparison))
    assert words in refused_criterion(served, criterion)


def test_a_criterion_that_is_empty_or_too_deep_is_refused(served):
    assert "eligibility must be one of all, any, not and comparison" in refused_criterion(
        served, criterion_pb2.Criterion()
    )
    empty = criterion_pb2.Criterion(all=criterion_pb2.CriterionList())
    assert "eligibility.all.criteria must be 1 to 50, not 0" in refused_criterion(served, empty)
    assert "must be at most 20 criteria deep" in refused_criterion(served, nested(21))


def refused_criterion(served, criterion):
    action = action_pb2.Action(action_id="a", title="t", category=1, eligibility=criterion)
    catalog = action_pb2.ActionCatalog(actions=[action])
    request = catalogs.PublishActionCatalogRequest(request_id="wrong", catalog=catalog)
    code, details = refusal(lambda: served[2].action_catalogs.PublishActionCatalog(request))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    return details


ASKED = [
    ({"lead_id": ""}, grpc.StatusCode.INVALID_ARGUMENT, "lead_id must be 1 to 128"),
    ({"lead_id": "nobody"}, grpc.StatusCode.NOT_FOUND, "no lead 'nobody'"),
    ({"lead_id": "l1", "limit": 26}, grpc.StatusCode.INVALID_ARGUMENT, "limit must be 1 to 25"),
    ({"lead_id": "l1", "limit": -1}, grpc.StatusCode.INVALID_ARGUMENT, "limit must be 1 to 25"),
    ({"lead_id": "l1", "catalog_version": 99}, grpc.StatusCode.NOT_FOUND, "no action catalog '99'"),
    ({"lead_id": "l1", "model_version": "none"}, grpc.StatusCode.NOT_FOUND, "none"),
    ({"lead_id": "l1", "experiment": "none"}, grpc.StatusCode.NOT_FOUND, "none"),
    ({"lead_id": "l1", "unit_id": "u"}, grpc.StatusCode.INVALID_ARGUMENT, "unit_id must be empty"),
    ({"lead_id": "l1", "channels": [""]}, grpc.StatusCode.INVALID_ARGUMENT, "channels must be at most 50"),
]


@pytest.mark.parametrize(("asked", "code", "words"), ASKED)
def test_a_request_that_is_wrong_is_refused_in_words(served, client, asked, code, words):
    found, details = refusal(lambda: served[2].intelligence.NextBestActions(pb.NextBestActionsRequest(**asked)))
    assert found is code
    assert words in details


def test_a_client_names_what_it_cannot_send(client):
    deep = VIP
    for _ in range(21):
        deep = Not(deep)
    for wrong, field in ((deep, "not"), ("text", "catalog.actions[0].eligibility")):
        action = Action(action_id="a", title="t", category=ActionCategory.NURTURING, eligibility=wrong)
        with pytest.raises(leadline.InvalidRequest) as raised:
            client.publish_action_catalog(ActionCatalog(actions=(action,)))
        assert field in raised.value.violations[0].field
