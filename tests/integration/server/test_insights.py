"""How agents do, and how wishes change, through a real channel."""

from __future__ import annotations

import time

import grpc
import leadline
import pytest
from leadline.insights import AgentComparison
from leadline.v1 import event_pb2, event_service_pb2
from leadline.v1 import recommendation_service_pb2 as pb

from tests.parts.agent_worlds import browsing

MINUTE = 60
START = int(time.time()) - 100 * 86_400


@pytest.fixture(scope="module")
def told(stubs):
    """A server that knows four agents, of whom ``late`` answers late, and a lead who changed."""
    events = [one for agent in ("late", "b", "c", "d") for number in range(40) for one in contact(agent, number)]
    shift = START * 10**6 - browsing(1)[0].occurred_us
    for seen in browsing(3, sessions=40, change_at=20):
        item = event_pb2.Event(
            event_id=f"seen-{seen.event_id}",
            lead_id="changed",
            kind=event_pb2.EVENT_KIND_ITEM_VIEWED,
            item_id=seen.item_id,
            price=seen.item_price_e4 / 10_000,
        )
        item.occurred_time.FromMicroseconds(seen.occurred_us + shift)
        events.append(item)
    for start in range(0, len(events), 500):
        part = events[start : start + 500]
        answer = stubs.events.RecordEvents(event_service_pb2.RecordEventsRequest(events=part))
        assert answer.recorded_count == len(part)
    return stubs


def contact(agent: str, number: int) -> list[event_pb2.Event]:
    lead, asked = f"{agent}-{number}", START + number * 60 * MINUTE
    delay = (20 + number % 7) * MINUTE * (10 if agent == "late" else 1)
    inquiry = event_pb2.Event(event_id=f"{lead}-i", lead_id=lead, kind=event_pb2.EVENT_KIND_INQUIRY_SENT)
    inquiry.occurred_time.FromSeconds(asked)
    answer = event_pb2.Event(
        event_id=f"{lead}-c",
        lead_id=lead,
        kind=event_pb2.EVENT_KIND_AGENT_CONTACTED,
        agent_id=agent,
        positive=number % 2 == 0,
    )
    answer.occurred_time.FromSeconds(asked + delay)
    return [inquiry, answer]


def test_an_agent_who_answers_late_is_told_what_to_work_on(told):
    with leadline.Client(channel=told.channel) as client:
        found = client.agent_insights("late", days=365)
        peers = client.agent_insights("b", days=365)
    minutes = next(figure for figure in found.figures if figure.name == "response_minutes")
    assert minutes.comparison is AgentComparison.WORSE
    assert minutes.value == pytest.approx(229, abs=10)
    assert minutes.interval.lower <= minutes.value <= minutes.interval.upper
    (suggestion,) = found.suggestions
    assert suggestion.figure_name == "response_minutes"
    assert all(lead.startswith("late-") for lead in suggestion.example_lead_ids)
    assert not peers.suggestions


def test_what_agents_reach_alike_is_not_called_different(told):
    answer = told.recommendations.GetAgentInsights(pb.GetAgentInsightsRequest(agent_id="late", days=365))
    reached = next(figure for figure in answer.figures if figure.name == "contact_success")
    assert reached.comparison == pb.AGENT_COMPARISON_NO_DIFFERENCE_PROVEN
    assert reached.value == reached.peer_value == 0.5


def test_a_lead_without_a_proven_change_has_none(told):
    with leadline.Client(channel=told.channel) as client:
        drift = client.preference_drift("changed")
        nobody = client.preference_drift("never-seen")
    # The items are in no catalogue: neither type nor place is known, and prices did not move.
    assert not drift.has_too_few_events
    assert drift.changes == ()
    assert nobody.has_too_few_events
    assert nobody.event_count == 0


@pytest.mark.parametrize(("field", "request_"), [("days", {"days": 366}), ("agent_id", {"agent_id": ""})])
def test_bad_input_names_its_field(told, field, request_):
    with pytest.raises(grpc.RpcError) as caught:
        told.recommendations.GetAgentInsights(pb.GetAgentInsightsRequest(**{"agent_id": "a", **request_}))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in caught.value.details()


def test_a_lead_id_that_is_none_is_refused(told):
    with pytest.raises(grpc.RpcError) as caught:
        told.recommendations.GetPreferenceDrift(pb.GetPreferenceDriftRequest(lead_id="no id"))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
