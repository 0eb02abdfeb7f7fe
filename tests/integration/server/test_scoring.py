"""Score, BatchScore and StreamScore against a running server."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import explanation_pb2, lead_pb2, lead_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from core.scoring.token import TokenSigner
from server.convert.lead import lead_from_wire
from tests.parts.errors import failure_in, failure_of
from tests.parts.fitted import offline_model, small_version
from tests.parts.messages import lead_message
from tests.parts.serving import served_here


def score(stubs, lead, **options) -> pb.LeadScore:
    return stubs.scoring.Score(pb.ScoreRequest(lead=lead, **options)).result


def batch(stubs, leads, **options) -> list[pb.BatchScoreResult]:
    return list(stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=leads, **options)).results)


def offline_score(answer: pb.LeadScore, lead: lead_pb2.Lead, files) -> float:
    """Return what the named version says of the lead at the moment of the answer."""
    model = offline_model(files)
    moment = answer.score_time.ToDatetime(tzinfo=model.version.create_time.tzinfo)
    return 100.0 * model.score(model.rows([lead_from_wire(lead, "lead")], moment))[0].probability


def parts_of(answer: pb.LeadScore) -> float:
    return answer.base_points + sum(c.points for c in answer.contributions) + answer.other_points


def test_a_score_is_that_of_its_version_offline_and_says_why(stubs):
    lead = lead_message(0)
    answer = score(stubs, lead)
    assert answer.lead_id == lead.lead_id
    assert answer.model_version == small_version(0).name
    assert answer.source == pb.SCORE_SOURCE_MODEL
    assert answer.score == pytest.approx(offline_score(answer, lead, small_version(0).files), abs=1e-9)
    assert answer.score == pytest.approx(100 * answer.probability, abs=1e-9)
    interval = answer.probability_interval
    assert interval.lower <= answer.probability <= interval.upper
    assert interval.method == explanation_pb2.INTERVAL_METHOD_VENN_ABERS
    assert answer.confidence == pytest.approx(1 - (interval.upper - interval.lower), abs=1e-9)
    assert 1 <= len(answer.contributions) <= 5
    sizes = [abs(c.points) for c in answer.contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(answer.feature_importance.values()) == pytest.approx(1.0, abs=1e-9)
    assert list(answer.warnings) == []


def test_leads_differ_in_their_scores(stubs):
    scores = {round(result.result.score, 3) for result in batch(stubs, [lead_message(n) for n in range(100)])}
    assert len(scores) > 30
    assert max(scores) - min(scores) > 30


@pytest.mark.parametrize("wanted", [0, 1, 3, 100])
def test_the_caller_chooses_how_many_reasons(stubs, wanted):
    answer = score(stubs, lead_message(3), max_contributions=wanted)
    assert len(answer.contributions) <= wanted
    assert (not answer.contributions) == (wanted == 0)
    assert (not answer.feature_importance) == (wanted == 0)
    assert parts_of(answer) == pytest.approx(answer.score, abs=1e-3)


def test_the_parts_add_up_for_every_lead(stubs):
    for wanted in (0, 5, 100):
        for result in batch(stubs, [lead_message(n) for n in range(200)], max_contributions=wanted):
            assert parts_of(result.result) == pytest.approx(result.result.score, abs=1e-3)


FIELDS = {
    "posted_time": {explanation_pb2.FEATURE_GROUP_TIME},
    "location_name": {explanation_pb2.FEATURE_GROUP_LOCATION},
    "category": {explanation_pb2.FEATURE_GROUP_CATEGORY},
    "attributes": {explanation_pb2.FEATURE_GROUP_ATTRIBUTE},
}
"""Field to the groups that speak of nothing else."""


@pytest.mark.parametrize("field", FIELDS)
def test_missing_values_are_never_named(stubs, field):
    full = [lead_message(number) for number in range(100)]
    assert named_groups(stubs, full) >= FIELDS[field], "where they are known they are"
    for lead in full:
        lead.ClearField(field)
    assert not named_groups(stubs, full) & FIELDS[field]


def named_groups(stubs, leads) -> set[int]:
    """Return the groups of all reasons, of the version with the deeper trees: they use every group."""
    results = batch(stubs, leads, max_contributions=100, model_version=small_version(1).name)
    return {c.group for r in results for c in r.result.contributions}


def test_one_missing_attribute_is_not_named(stubs):
    leads = [lead_message(number) for number in range(100)]
    for lead in leads:
        lead.attributes.pop("pages_viewed", None)
        lead.ClearField("price")
    named = {c.feature for r in batch(stubs, leads, max_contributions=100) for c in r.result.contributions}
    assert not named & {"pages_viewed", "Price"}
    assert "minutes_on_site" in named


def test_an_unknown_attribute_is_warned_of_and_changes_nothing(stubs):
    lead = lead_message(3)
    lead.ClearField("posted_time")
    plain = score(stubs, lead)
    lead.attributes["never seen"].text = "x"
    warned = score(stubs, lead)
    assert [warning.code for warning in warned.warnings] == ["UNKNOWN_ATTRIBUTES"]
    assert warned.score == plain.score


@pytest.mark.parametrize("size", [1, 2, 17, 1000])
def test_a_lead_scores_the_same_alone_and_at_any_place_in_a_batch(stubs, size):
    lead = lead_message(7, "the-lead")
    lead.ClearField("posted_time")  # the age would move between the calls
    alone = score(stubs, lead)
    for position in {0, size // 2, size - 1}:
        leads = [lead_message(n) for n in range(size)]
        leads[position].CopyFrom(lead)
        together = batch(stubs, leads)[position].result
        assert together.score == pytest.approx(alone.score, abs=1e-6)
        assert together.probability_interval.lower == pytest.approx(alone.probability_interval.lower, abs=1e-6)


def test_a_batch_keeps_the_order_and_gives_no_reasons_unless_asked(stubs):
    leads = [lead_message(n) for n in range(50)]
    results = batch(stubs, leads)
    assert [result.result.lead_id for result in results] == [lead.lead_id for lead in leads]
    assert not any(result.result.contributions for result in results)
    assert all(len(r.result.contributions) == 2 for r in batch(stubs, leads, max_contributions=2))


def test_one_bad_lead_among_999_has_its_error_in_its_place(stubs):
    leads = [lead_message(n, f"lead-{n}") for n in range(999)]
    leads[17].price = float("nan")
    results = batch(stubs, leads)
    assert [r.WhichOneof("outcome") for r in results] == ["error" if n == 17 else "result" for n in range(999)]
    failure = failure_in(results[17].error)
    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
    assert failure.fields == ["leads[17].price"]
    assert [r.result.lead_id for r in results if r.HasField("result")] == [f"lead-{n}" for n in range(999) if n != 17]


def test_a_batch_of_bad_leads_is_answered_with_their_errors(stubs):
    results = batch(stubs, [lead_pb2.Lead(lead_id=""), lead_pb2.Lead(lead_id="not stored")])
    assert [failure_in(r.error).fields for r in results] == [["leads[0].lead_id"], ["leads[1].lead_id"]]


def test_a_named_version_answers_without_becoming_the_serving_one(stubs):
    lead, other = lead_message(3), small_version(1)
    named = score(stubs, lead, model_version=other.name)
    assert named.model_version == other.name
    assert named.score == pytest.approx(offline_score(named, lead, other.files), abs=1e-9)
    assert {r.result.model_version for r in batch(stubs, [lead] * 3, model_version=other.name)} == {other.name}
    assert score(stubs, lead).model_version == small_version(0).name


def test_a_bare_id_reads_the_stored_lead(home):
    with served_here(home) as (_, stubs):
        lead = lead_message(5, "kept")
        writes = [lead_service_pb2.LeadWrite(lead=lead)]
        stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=writes))
        answer = score(stubs, lead_pb2.Lead(lead_id="kept"))
        assert answer.score == pytest.approx(offline_score(answer, lead, small_version(0).files), abs=1e-9)
        both = batch(stubs, [lead_pb2.Lead(lead_id="kept"), lead_pb2.Lead(lead_id="absent")])
        assert both[0].result.score == pytest.approx(answer.score, abs=0.01)
        missing = failure_in(both[1].error)
        assert (missing.code, missing.info.reason) == (grpc.StatusCode.NOT_FOUND, "LEAD_NOT_FOUND")
        assert (missing.detail.resource_type, missing.detail.resource_name) == ("lead", "absent")


def test_a_stream_answers_in_order_and_goes_on_after_bad_messages(stubs):
    good = [pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_message(n))) for n in range(4)]
    bad = pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_pb2.Lead(lead_id="x", price=float("inf"))))
    answers = list(stubs.scoring.StreamScore(iter([*good[:2], bad, pb.StreamScoreRequest(), *good[2:]])))
    kinds = [answer.WhichOneof("outcome") for answer in answers]
    assert kinds == ["result", "result", "error", "error", "result", "result"]
    assert failure_in(answers[2].error).fields == ["lead.price"]
    assert failure_in(answers[3].error).fields == ["lead"]
    ids = [answer.result.lead_id for answer in answers if answer.HasField("result")]
    assert ids == [message.request.lead.lead_id for message in good]


def test_a_stream_goes_on_after_bytes_that_are_no_message(stubs):
    stream = stubs.channel.stream_stream(
        "/leadline.v1.ScoringService/StreamScore", response_deserializer=pb.StreamScoreResponse.FromString
    )
    good = pb.StreamScoreRequest(request=pb.ScoreRequest(lead=lead_message(1))).SerializeToString()
    answers = list(stream(iter([good, b"\xff\xff\xff", good])))
    assert [answer.WhichOneof("outcome") for answer in answers] == ["result", "error", "result"]
    assert failure_in(answers[1].error).code is grpc.StatusCode.INVALID_ARGUMENT


def test_the_token_says_what_was_shown(home):
    secret = "0123456789abcdef" * 4
    with served_here(home, token_secret=secret) as (_, stubs):
        answer = score(stubs, lead_message(3))
    shown = TokenSigner(secret.encode()).read(answer.attribution_token)
    assert (shown.tenant, shown.lead_id, shown.source) == ("default", answer.lead_id, "model")
    assert shown.model_version == answer.model_version
    assert shown.score == pytest.approx(answer.score, abs=1e-6)
    stamp = Timestamp()
    stamp.FromDatetime(shown.score_time)
    assert stamp == answer.score_time


def test_tokens_differ_between_two_answers_for_one_lead(stubs):
    tokens = {score(stubs, lead_message(3)).attribution_token for _ in range(20)}
    assert len(tokens) == 20


def test_an_unknown_version_is_not_found(stubs):
    for call in (
        lambda: score(stubs, lead_message(), model_version="v20200101_000000_00000000"),
        lambda: batch(stubs, [lead_message()], model_version="v20200101_000000_00000000"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        failure = failure_of(caught.value)
        assert (failure.code, failure.info.reason) == (grpc.StatusCode.NOT_FOUND, "MODEL_VERSION_NOT_FOUND")
        assert failure.detail.resource_type == "model_version"
