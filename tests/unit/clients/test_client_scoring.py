from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import leadline
import pytest
from leadline import Lead, LeadError, Score, ScoreSource
from leadline.v1 import explanation_pb2, scoring_service_pb2


def leads(count, **fields):
    return [Lead(lead_id=f"lead-{number}", **fields) for number in range(count)]


def test_score_returns_every_part_of_the_answer(client):
    result = client.score(Lead(lead_id="a-1"))
    assert result.lead_id == "a-1"
    assert result.source is ScoreSource.MODEL
    assert result.interval.lower == 0.7
    assert result.interval.method is leadline.IntervalMethod.VENN_ABERS
    assert [reason.feature for reason in result.contributions] == ["Lead source", "Price"]
    assert result.contributions[0].group is leadline.FeatureGroup.ATTRIBUTE
    points = sum(reason.points for reason in result.contributions)
    assert result.base_points + points + result.other_points == pytest.approx(result.score)
    assert sum(result.feature_importance.values()) == pytest.approx(1.0)
    assert result.score_time.isoformat() == "2026-03-01T12:00:00.500000+00:00"
    assert result.attribution_token == "signed"  # noqa: S105 - no password


def test_absent_max_contributions_stays_absent_and_zero_is_sent(client, server):
    client.score(Lead(lead_id="a"))
    client.score(Lead(lead_id="a"), max_contributions=0)
    unset, zero = server.requests("Score")
    assert not unset.HasField("max_contributions")
    assert zero.HasField("max_contributions")


def test_every_call_has_a_deadline(client, server):
    client.score(Lead(lead_id="a"))
    client.score(Lead(lead_id="a"), timeout=timedelta(seconds=3))
    default, own = (recorded.seconds_left for recorded in server.calls["Score"])
    assert 15 < default < 20.5
    assert 0 < own < 3.5


def test_a_stream_has_a_deadline(client, server):
    list(client.stream_score(leads(1), timeout=timedelta(seconds=30)))
    assert 20 < server.calls["StreamScore"][0].seconds_left < 30.5


def test_the_key_goes_out_as_a_bearer_token_and_never_into_repr(server):
    with leadline.Client(server.target, api_key="top-secret") as client:
        client.score(Lead(lead_id="a"))
        assert "top-secret" not in repr(client)
    assert server.calls["Score"][0].metadata["authorization"] == "Bearer top-secret"


def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it():
    with pytest.raises(leadline.InvalidRequest, match="api_key must be") as refused:
        leadline.Client("127.0.0.1:1", api_key="geheim\n")
    assert "geheim" not in str(refused.value)


def test_a_channel_of_the_caller_stays_open(server):
    with grpc.insecure_channel(server.target) as channel:
        with leadline.Client(channel=channel) as client:
            client.score(Lead(lead_id="a"))
        with leadline.Client(channel=channel) as client:
            assert client.score(Lead(lead_id="b")).lead_id == "b"


def test_a_batch_is_split_into_calls_of_500_and_answered_in_order(client, server):
    results = client.batch_score(leads(1203))
    assert [result.lead_id for result in results] == [f"lead-{number}" for number in range(1203)]
    assert [len(request.leads) for request in server.requests("BatchScore")] == [500, 500, 203]


def test_a_batch_of_long_leads_stays_below_the_usual_limit_of_a_call(client, server):
    results = client.batch_score(leads(400, description="x" * 20_000))
    assert len(results) == 400
    sizes = [request.ByteSize() for request in server.requests("BatchScore")]
    assert len(sizes) == 3
    assert max(sizes) < 4 * 1024 * 1024


def test_a_batch_is_answered_by_one_version_even_while_another_is_activated(client, server):
    results = client.iterate_scores(leads(1001))
    first = next(results)
    server.active_version = "v8"
    rest = list(results)
    assert {result.model_version for result in [first, *rest]} == {"v7"}


def test_bad_leads_of_a_batch_get_errors_with_their_place_in_the_whole_list(client, server):
    server.refuse_lead = lambda lead: lead.lead_id == "lead-700"
    results = client.batch_score(leads(900))
    (error,) = [result for result in results if isinstance(result, LeadError)]
    assert results[700] is error
    assert (error.position, error.lead_id) == (700, "lead-700")
    assert isinstance(error.error, leadline.InvalidRequest)
    assert error.error.violations[0].field == "leads[700].price"
    assert error.error.message == "leads[700].price must be finite and not negative"


def test_a_lead_that_cannot_be_sent_gets_an_error_and_the_others_are_scored(client, server):
    batch = [Lead(lead_id="a"), Lead(lead_id="b", price="much"), Lead(lead_id="c")]
    first, second, third = client.batch_score(batch)
    assert isinstance(first, Score)
    assert isinstance(third, Score)
    assert second.error.violations == (leadline.Violation(field="leads[1].price", rule="must be a number"),)
    assert len(server.requests("BatchScore")[0].leads) == 2


def test_an_error_behind_an_unsendable_lead_is_placed_right(client, server):
    server.refuse_lead = lambda lead: lead.lead_id == "c"
    batch = [Lead(lead_id="a", price="much"), Lead(lead_id="b"), Lead(lead_id="c")]
    assert client.batch_score(batch)[2].error.violations[0].field == "leads[2].price"


def test_nothing_is_called_for_an_empty_batch_or_one_that_cannot_be_sent(client, server):
    assert client.batch_score([]) == []
    (result,) = client.batch_score([Lead(lead_id="a", title=7)])
    assert result.error.violations[0].field == "leads[0].title"
    assert server.requests("BatchScore") == []


def test_a_stream_answers_in_order_and_goes_on_after_bad_leads(client, server):
    server.refuse_lead = lambda lead: lead.lead_id == "b"
    batch = [Lead(lead_id="x", title=1), *(Lead(lead_id=name) for name in "abc"), Lead(lead_id="y", price="z")]
    results = list(client.stream_score(batch))
    assert [result.lead_id for result in results] == ["x", "a", "b", "c", "y"]
    assert [isinstance(result, LeadError) for result in results] == [True, False, True, False, True]
    assert [results[place].position for place in (0, 2, 4)] == [0, 2, 4]


def test_an_exception_of_the_source_of_a_stream_arrives_after_the_answers_before_it(client):
    def source():
        yield Lead(lead_id="a")
        raise RuntimeError("the file broke")

    results = client.stream_score(source())
    assert next(results).lead_id == "a"
    with pytest.raises(RuntimeError, match="the file broke"):
        next(results)


def test_leaving_a_stream_early_ends_it(client):
    stopped = threading.Event()

    def source():
        try:
            number = 0
            while True:
                yield Lead(lead_id=f"lead-{number}")
                number += 1
        finally:
            stopped.set()

    results = client.stream_score(source())
    assert next(results).lead_id == "lead-0"
    results.close()
    assert stopped.wait(timeout=10)


def test_a_broken_stream_is_an_error_of_the_tree(client, server):
    server.fail("StreamScore", grpc.StatusCode.PERMISSION_DENIED)
    with pytest.raises(leadline.PermissionDenied, match="as told"):
        list(client.stream_score(leads(3)))


def test_one_client_serves_many_threads(client):
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: client.score(Lead(lead_id=f"lead-{number}")), range(64)))
    assert [result.lead_id for result in results] == [f"lead-{number}" for number in range(64)]


def test_enum_values_of_a_newer_server_are_tolerated(client, server):
    answer = scoring_service_pb2.LeadScore(lead_id="a", source=99)
    answer.contributions.add(feature="Moon phase", group=98)
    answer.probability_interval.method = 97
    server.lead_score = lambda *_: answer
    result = client.score(Lead(lead_id="a"))
    assert result.source is ScoreSource.UNKNOWN
    assert result.contributions[0].group is leadline.FeatureGroup.UNKNOWN
    assert result.interval.method is leadline.IntervalMethod.UNKNOWN


def test_every_enum_value_of_the_contract_has_a_member():
    from leadline.convert import score as convert

    assert set(convert.SOURCES) == set(scoring_service_pb2.ScoreSource.values()) - {0}
    assert set(convert._GROUPS) == set(explanation_pb2.FeatureGroup.values()) - {0}
    assert set(convert._METHODS) == set(explanation_pb2.IntervalMethod.values()) - {0}
