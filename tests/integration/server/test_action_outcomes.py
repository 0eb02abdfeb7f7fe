"""RecordActionOutcome, and what is learned of outcomes, through gRPC."""

from __future__ import annotations

import math
import shutil
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import action_catalog_service_pb2 as catalogs
from leadline.v1 import (
    action_pb2,
    feedback_pb2,
    feedback_service_pb2,
    lead_pb2,
    lead_service_pb2,
    model_pb2,
    model_service_pb2,
    scoring_service_pb2,
)
from leadline.v1 import intelligence_service_pb2 as pb

from core.actions.ranker_model import RankerModel
from core.caller import LOCAL_CALLER
from core.scoring.model_runs import FAILURES
from core.version import MODEL_FILE, NEXT_ACTION
from tests.parts.action_trials import ACTIONS, MOMENT, crossed, trials_in
from tests.parts.fitted import open_registry
from tests.parts.serving import served_here
from tests.parts.shopping import until
from training.actions.fit import RankerOptions, fit_ranker

ACCEPTED, CONVERTED = action_pb2.ACTION_OUTCOME_ACCEPTED, action_pb2.ACTION_OUTCOME_CONVERTED
BASIS = action_pb2.RankingBasis
DROPPED_AS_WORTHLESS = action_pb2.DROP_REASON_NO_EXPECTED_VALUE


@pytest.fixture(scope="module")
def served(registered_home, tmp_path_factory):
    home = shutil.copytree(registered_home, tmp_path_factory.mktemp("outcomes") / "home")
    with served_here(home, poll_seconds=0.05) as (_, stubs):
        actions = [
            action_pb2.Action(action_id=one, title=one, category=action_pb2.ACTION_CATEGORY_NURTURING, value=10.0)
            for one in ACTIONS
        ]
        catalog = action_pb2.ActionCatalog(actions=actions, baseline_action_id="none")
        stubs.action_catalogs.PublishActionCatalog(
            catalogs.PublishActionCatalogRequest(request_id="catalog", catalog=catalog)
        )
        leads = [
            lead_service_pb2.LeadWrite(lead=lead_pb2.Lead(lead_id=one, title="Lead", price=100.0)) for one in ("a", "b")
        ]
        stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="leads", leads=leads))
        yield home, stubs


@pytest.fixture
def stubs(served):
    return served[1]


def told(stubs, **said):
    return stubs.intelligence.RecordActionOutcome(pb.RecordActionOutcomeRequest(**said)).outcome_id


def asked(stubs, lead_id="a", **said):
    return stubs.intelligence.NextBestActions(pb.NextBestActionsRequest(lead_id=lead_id, **said))


def at(moment):
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def test_an_outcome_is_recorded_once(stubs):
    token = asked(stubs).actions[0].action_token
    first = told(stubs, request_id="once", action_token=token, outcome=ACCEPTED)
    assert told(stubs, request_id="once", action_token=token, outcome=ACCEPTED) == first
    with pytest.raises(grpc.RpcError) as raised:
        told(stubs, request_id="once", action_token=token, outcome=CONVERTED)
    assert raised.value.code() is grpc.StatusCode.ALREADY_EXISTS


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ({"outcome": 0}, grpc.StatusCode.INVALID_ARGUMENT, "outcome must be one of"),
        ({"outcome": 99}, grpc.StatusCode.INVALID_ARGUMENT, "outcome must be one of"),
        ({"request_id": ""}, grpc.StatusCode.INVALID_ARGUMENT, "request_id must be 1 to 128"),
        ({"lead_id": ""}, grpc.StatusCode.INVALID_ARGUMENT, "lead_id must be 1 to 128"),
        ({"lead_id": "ghost"}, grpc.StatusCode.NOT_FOUND, "no lead 'ghost'"),
        ({"action_id": "dance"}, grpc.StatusCode.NOT_FOUND, "no action 'dance'"),
        ({"propensity": 0.0}, grpc.StatusCode.INVALID_ARGUMENT, "propensity must be above 0"),
        ({"propensity": float("nan")}, grpc.StatusCode.INVALID_ARGUMENT, "propensity must be above 0"),
        ({"value": 3.0}, grpc.StatusCode.INVALID_ARGUMENT, "value must be left out"),
        ({"value": -1.0, "outcome": CONVERTED}, grpc.StatusCode.INVALID_ARGUMENT, "value must be 0 to"),
        ({"value": float("inf"), "outcome": CONVERTED}, grpc.StatusCode.INVALID_ARGUMENT, "value must be 0 to"),
        ({"agent_id": "x" * 999}, grpc.StatusCode.INVALID_ARGUMENT, "agent_id must be at most"),
        ({"action_token": "nonsense"}, grpc.StatusCode.INVALID_ARGUMENT, "action_token must be a token"),
        (
            {"outcome_time": at(datetime.now(UTC) + timedelta(days=1))},
            grpc.StatusCode.INVALID_ARGUMENT,
            "outcome_time must be at most 5 minutes",
        ),
        ({"outcome_time": Timestamp(nanos=-1)}, grpc.StatusCode.INVALID_ARGUMENT, "outcome_time must be between"),
    ],
)
def test_what_is_wrong_is_refused_in_words(stubs, said, code, words):
    right = {"request_id": "wrong", "lead_id": "a", "action_id": "call", "outcome": ACCEPTED}
    with pytest.raises(grpc.RpcError) as raised:
        told(stubs, **{**right, **said})
    assert (raised.value.code(), words in raised.value.details()) == (code, True), raised.value.details()


def test_what_a_token_says_cannot_be_said_otherwise(stubs):
    token = asked(stubs).actions[0].action_token
    for said in ({"lead_id": "b"}, {"action_id": "other"}, {"propensity": 0.5}):
        with pytest.raises(grpc.RpcError) as raised:
            told(stubs, request_id="otherwise", action_token=token, outcome=ACCEPTED, **said)
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    changed = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    with pytest.raises(grpc.RpcError):
        told(stubs, request_id="changed", action_token=changed, outcome=ACCEPTED)


@pytest.fixture(scope="module")
def ranked(served):
    """Return a server whose order rests on what actions add, though outcomes are counted too."""
    home, stubs = served
    for number in range(30):
        told(
            stubs,
            request_id=f"rate-{number}",
            lead_id="b",
            action_id=ACTIONS[number % 3],
            outcome=CONVERTED,
            outcome_time=at(datetime.now(UTC) - timedelta(days=3, minutes=number)),
        )
    with open_registry(home) as registry:
        fitted = fit_ranker(trials_in(crossed, 1_000), {}, {}, RankerOptions(baseline="none"), now=MOMENT)
        registry.register(LOCAL_CALLER, "ranker", fitted.files, "for the test")
    version = fitted.manifest.version
    named = asked(stubs, "b", model_version=version)
    assert (named.basis, named.model_version) == (BASIS.RANKING_BASIS_INCREMENTAL_VALUE, version)
    assert asked(stubs, "b").model_version == ""
    stubs.models.ActivateModelVersion(
        model_service_pb2.ActivateModelVersionRequest(
            request_id="serve", kind=NEXT_ACTION, version=version, reason="for the test"
        )
    )
    until(lambda: asked(stubs, "b").model_version == version)
    return stubs


def test_an_answer_by_a_ranker_is_incremental_and_multiplies_back(ranked):
    answer = asked(ranked, "b", explain=True)
    assert answer.basis == BASIS.RANKING_BASIS_INCREMENTAL_VALUE
    for action in answer.actions:
        assert [term.name for term in action.terms] == ["uplift_value", "context", "lever", "fatigue"]
        assert action.rank_score == math.prod(term.factor for term in action.terms)
        assert action.impact_interval.lower <= action.estimated_impact <= action.impact_interval.upper
    left_out = {one.action_id for one in answer.dropped_actions if one.reason == DROPPED_AS_WORTHLESS}
    assert len(answer.actions) + len(left_out) == len(ACTIONS)


def test_with_the_breaker_of_the_ranker_open_answers_say_so(ranked, monkeypatch):
    before, runs = asked(ranked, "b"), []

    def fail(_model, _facts, _action_ids):
        runs.append(1)
        raise RuntimeError

    monkeypatch.setattr(RankerModel, "effects", fail)
    for _ in range(FAILURES + 5):
        answer = asked(ranked, "b")
        assert [warning.code for warning in answer.warnings] == ["MODEL_FAILED"]
        assert answer.basis != BASIS.RANKING_BASIS_INCREMENTAL_VALUE
        assert answer.model_version == ""
        assert answer.actions
    # Nobody waits for a model that fails all the time.
    assert len(runs) == FAILURES
    assert before.model_version
    with pytest.raises(grpc.RpcError) as raised:
        asked(ranked, "b", model_version=before.model_version)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


def test_the_tokens_of_scores_and_of_actions_do_not_meet(stubs):
    score = stubs.scoring.Score(scoring_service_pb2.ScoreRequest(lead=lead_pb2.Lead(lead_id="a"))).result
    with pytest.raises(grpc.RpcError) as raised:
        told(stubs, request_id="of-a-score", action_token=score.attribution_token, outcome=ACCEPTED)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "action_token must be a token" in raised.value.details()
    feedback = feedback_pb2.Feedback(
        lead_id="a",
        action=feedback_pb2.FeedbackAction.values()[1],
        attribution_token=asked(stubs).actions[0].action_token,
    )
    with pytest.raises(grpc.RpcError) as raised:
        stubs.feedback.RecordFeedback(
            feedback_service_pb2.RecordFeedbackRequest(request_id="of-an-action", feedback=feedback)
        )
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "belongs to RecordActionOutcome" in raised.value.details()


def test_a_ranker_that_is_damaged_is_not_let_in(stubs):
    fitted = fit_ranker(trials_in(crossed, 600), {}, {}, now=MOMENT)
    files = [
        model_pb2.ArtifactFile(name=name, content=b"broken" if name == MODEL_FILE else content)
        for name, content in fitted.files.items()
    ]
    with pytest.raises(grpc.RpcError) as raised:
        stubs.models.RegisterModelVersion(
            model_service_pb2.RegisterModelVersionRequest(request_id="broken", files=files, reason="for the test")
        )
    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION
