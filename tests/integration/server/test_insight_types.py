from __future__ import annotations

import itertools

import grpc
import pytest
from leadline.v1 import conversation_pb2, criterion_pb2, lead_pb2, lead_service_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from tests.parts.errors import failure_of
from tests.parts.serving import served_here
from tests.parts.talking import LEAD, asked, message

INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
NAMES = itertools.count()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with served_here(tmp_path_factory.mktemp("insights"), poll_seconds=0.05) as (_, stubs):
        lead = lead_pb2.Lead(lead_id="l1", title="x", price=5_000.0)
        write = lead_service_pb2.LeadWrite(lead=lead)
        stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="l", leads=[write]))
        yield stubs.intelligence


@pytest.fixture
def talk(shared):
    """A server without kinds of its own."""
    for number, one in enumerate(shared.ListInsightTypes(pb.ListInsightTypesRequest()).insight_types):
        shared.DeleteInsightType(pb.DeleteInsightTypeRequest(request_id=f"clear-{next(NAMES)}-{number}", key=one.key))
    return shared


def compared(field, operator="AT_LEAST", **value):
    number = criterion_pb2.ComparisonOperator.Value(f"COMPARISON_OPERATOR_{operator}")
    return criterion_pb2.Criterion(comparison=criterion_pb2.FieldComparison(field=field, operator=number, **value))


def kind(key="short_talk", criterion=None, **fields):
    usual = {"title": "A short talk", "priority_score": 90.0, "urgency_level": conversation_pb2.URGENCY_LEVEL_TODAY}
    return conversation_pb2.InsightType(
        key=key,
        criterion=compared("analysis.message_count", "AT_MOST", number=2.0) if criterion is None else criterion,
        **{**usual, **fields},
    )


def register(talk, one, request_id=""):
    request = pb.RegisterInsightTypeRequest(request_id=request_id or f"register-{next(NAMES)}", insight_type=one)
    return talk.RegisterInsightType(request).insight_type


def found(talk, **fields):
    answer = talk.Analyze(pb.AnalyzeRequest(messages=[message(LEAD, "Hello there")], **fields))
    return {one.type: one for one in answer.insights if one.is_custom}


def failed(call, request):
    with pytest.raises(grpc.RpcError) as raised:
        call(request)
    return failure_of(raised.value)


def test_own_kinds_show_at_once_until_they_are_removed(talk):
    assert found(talk) == {}
    one = kind(recommended_actions=["Call"], predicted_outcome="more")
    assert register(talk, one) == one
    shown = found(talk)["short_talk"]
    assert (shown.title, shown.priority_score, list(shown.recommended_actions)) == ("A short talk", 90.0, ["Call"])
    assert not [one for one in talk.Analyze(asked()).insights if one.is_custom]
    talk.DeleteInsightType(pb.DeleteInsightTypeRequest(request_id="remove", key="short_talk"))
    assert found(talk) == {}


def test_own_kinds_may_look_at_the_lead(talk):
    register(talk, kind("dear", compared("lead.price", "GREATER", number=1_000.0)))
    assert found(talk) == {}
    assert found(talk, lead_id="l1").keys() == {"dear"}


def test_kinds_are_listed_by_key(talk):
    for key in ("c", "a", "b"):
        register(talk, kind(key))
    page = talk.ListInsightTypes(pb.ListInsightTypesRequest(page_size=2))
    assert [one.key for one in page.insight_types] == ["a", "b"]
    rest = talk.ListInsightTypes(pb.ListInsightTypesRequest(page_token=page.next_page_token))
    assert [one.key for one in rest.insight_types] == ["c"]
    assert not rest.next_page_token
    assert failed(talk.ListInsightTypes, pb.ListInsightTypesRequest(page_token=f"{NAMES}")).fields == ["page_token"]


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (kind("urgency"), "insight_type.key"),
        (kind("Bad Key"), "insight_type.key"),
        (kind(title=""), "insight_type.title"),
        (kind(priority_score=101), "insight_type.priority_score"),
        (kind(urgency_level=0), "insight_type.urgency_level"),
        (kind(criterion=criterion_pb2.Criterion()), "insight_type.criterion"),
        (kind(criterion=compared("analysis.colour", number=1.0)), "insight_type.criterion.comparison.field"),
        (kind(criterion=compared("analysis.urgency", text="x")), "insight_type.criterion.comparison.value"),
        (kind(criterion=compared("analysis.momentum", number=1.0)), "insight_type.criterion.comparison.operator"),
    ],
)
def test_kinds_that_cannot_be_are_refused(talk, one, field):
    failure = failed(talk.RegisterInsightType, pb.RegisterInsightTypeRequest(request_id="r", insight_type=one))
    assert failure.code is INVALID
    assert failure.fields == [field]


def test_what_is_not_there_is_not_found_and_requests_count_once(talk):
    missing = pb.DeleteInsightTypeRequest(request_id="missing", key="none")
    assert failed(talk.DeleteInsightType, missing).code is NOT_FOUND
    register(talk, kind(), "same")
    assert register(talk, kind(), "same") == kind()
    other = pb.RegisterInsightTypeRequest(request_id="same", insight_type=kind(title="Other"))
    assert failed(talk.RegisterInsightType, other).code is grpc.StatusCode.ALREADY_EXISTS
    assert failed(talk.DeleteInsightType, pb.DeleteInsightTypeRequest(key="x")).fields == ["request_id"]
