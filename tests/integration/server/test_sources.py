"""RULES before any outcome, BASELINE from the first ones on, MODEL once a version is active."""

from __future__ import annotations

import pytest
from leadline.v1 import explanation_pb2, lead_pb2, lead_service_pb2, model_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from tests.parts.fitted import small_version
from tests.parts.messages import lead_message
from tests.parts.serving import served_here


@pytest.fixture
def fresh(home_without_model):
    with served_here(home_without_model) as (_, stubs):
        yield stubs


def scores(stubs, *, reasons: int = 5) -> list[pb.LeadScore]:
    leads = [lead_message(n) for n in range(500, 560)]
    request = pb.BatchScoreRequest(leads=leads, max_contributions=reasons)
    return [result.result for result in stubs.scoring.BatchScore(request).results]


def record_outcomes(stubs, first: int, last: int) -> None:
    writes = [
        lead_service_pb2.LeadWrite(
            lead=lead_message(number, f"closed-{number}"),
            outcome=lead_pb2.LeadOutcome(converted=small_version(0).leads[number][1].converted),
        )
        for number in range(first, last)
    ]
    stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id=f"{first}-{last}", leads=writes))


def check(answers: list[pb.LeadScore]) -> None:
    for answer in answers:
        total = answer.base_points + sum(c.points for c in answer.contributions) + answer.other_points
        assert total == pytest.approx(answer.score, abs=1e-3)
        interval = answer.probability_interval
        assert 0 <= interval.lower <= answer.probability <= interval.upper <= 1
        assert answer.confidence == pytest.approx(1 - (interval.upper - interval.lower), abs=1e-9)
        if answer.contributions:
            assert sum(answer.feature_importance.values()) == pytest.approx(1, abs=1e-9)


def mean_confidence(answers: list[pb.LeadScore]) -> float:
    return sum(answer.confidence for answer in answers) / len(answers)


def test_from_rules_to_baseline_to_model_with_rising_confidence(fresh):
    rules = scores(fresh)
    check(rules)
    assert {(a.source, a.model_version) for a in rules} == {(pb.SCORE_SOURCE_RULES, "rules")}
    assert {a.confidence for a in rules} == {0.0}
    assert {a.probability_interval.method for a in rules} == {explanation_pb2.INTERVAL_METHOD_VACUOUS}
    assert len({a.score for a in rules}) > 5, "rules order leads"

    record_outcomes(fresh, 0, 3)
    few = scores(fresh)
    check(few)
    assert {(a.source, a.model_version) for a in few} == {(pb.SCORE_SOURCE_BASELINE, "baseline")}

    record_outcomes(fresh, 3, 400)
    many = scores(fresh)
    check(many)
    assert {a.probability_interval.method for a in many} == {explanation_pb2.INTERVAL_METHOD_CREDIBLE}

    fresh.models.ActivateModelVersion(
        model_service_pb2.ActivateModelVersionRequest(request_id="a", version=small_version(0).name)
    )
    model = scores(fresh)
    check(model)
    assert {(a.source, a.model_version) for a in model} == {(pb.SCORE_SOURCE_MODEL, small_version(0).name)}
    assert 0 < mean_confidence(few) < mean_confidence(many) < mean_confidence(model) < 1
    assert [[w.code for w in a.warnings] for a in (rules[0], many[0], model[0])] == [["NO_MODEL"], ["NO_MODEL"], []]


def test_the_first_outcome_counts_at_once(fresh):
    record_outcomes(fresh, 0, 1)
    answer = fresh.scoring.Score(pb.ScoreRequest(lead=lead_message(1))).result
    assert answer.source == pb.SCORE_SOURCE_BASELINE


@pytest.mark.parametrize("outcomes", [0, 50])
@pytest.mark.parametrize("reasons", [0, 1, 5, 100])
def test_fallbacks_add_up_with_any_number_of_reasons(fresh, outcomes, reasons):
    if outcomes:
        record_outcomes(fresh, 0, outcomes)
    answers = scores(fresh, reasons=reasons)
    check(answers)
    assert max(len(answer.contributions) for answer in answers) <= reasons


@pytest.mark.parametrize("outcomes", [0, 50])
def test_fallbacks_never_name_what_a_lead_lacks(fresh, outcomes):
    if outcomes:
        record_outcomes(fresh, 0, outcomes)
    bare = lead_pb2.Lead(lead_id="bare", title="Electrician wanted")
    answer = fresh.scoring.Score(pb.ScoreRequest(lead=bare, max_contributions=100)).result
    assert not {c.feature for c in answer.contributions} & {"Price", "Location", "Category", "source", "device"}


def test_a_stored_version_can_be_asked_for_while_rules_serve(fresh):
    request = pb.ScoreRequest(lead=lead_message(1), model_version=small_version(1).name)
    assert fresh.scoring.Score(request).result.source == pb.SCORE_SOURCE_MODEL
    assert fresh.scoring.Score(pb.ScoreRequest(lead=lead_message(1))).result.source == pb.SCORE_SOURCE_RULES
