"""FeedbackService against a running server."""

from __future__ import annotations

from datetime import UTC, datetime

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import feedback_pb2, lead_pb2, lead_service_pb2, scoring_service_pb2
from leadline.v1 import feedback_service_pb2 as pb

from core.scoring.token import Attribution, TokenSigner
from tests.parts.errors import failure_of
from tests.parts.messages import lead_message
from tests.parts.serving import served_here

NOT_FOUND, INVALID = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT
VIEW, CONTACT, CONVERT = (
    feedback_pb2.FEEDBACK_ACTION_VIEW,
    feedback_pb2.FEEDBACK_ACTION_CONTACT,
    feedback_pb2.FEEDBACK_ACTION_CONVERT,
)
NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture
def fresh(home):
    with served_here(home) as (_, stubs):
        write_leads(stubs, "a", "b")
        yield stubs


@pytest.fixture(scope="module")
def shared(stubs):
    write_leads(stubs, "a", "b")
    return stubs


def write_leads(stubs, *lead_ids):
    writes = [lead_service_pb2.LeadWrite(lead=lead_message(n, lead_id)) for n, lead_id in enumerate(lead_ids)]
    stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="leads", leads=writes))


def said(lead_id="a", **fields) -> feedback_pb2.Feedback:
    return feedback_pb2.Feedback(**{"lead_id": lead_id, "action": VIEW, **fields})


def record(stubs, request_id, lead_id="a", **fields) -> feedback_pb2.StoredFeedback:
    request = pb.RecordFeedbackRequest(request_id=request_id, feedback=said(lead_id, **fields))
    return stubs.feedback.RecordFeedback(request).feedback


def session(request_id="s1", *interactions, **fields):
    chosen = interactions or (pb.Interaction(lead_id="a", action=VIEW),)
    return pb.RecordImplicitFeedbackRequest(
        **{"request_id": request_id, "session_id": "session", "interactions": chosen, **fields}
    )


def listed(stubs, **query):
    return stubs.feedback.ListFeedback(pb.ListFeedbackRequest(**query)).feedback


def refused(call, request):
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return failure_of(caught.value)


def score(stubs, lead_id):
    request = scoring_service_pb2.ScoreRequest(lead=lead_pb2.Lead(lead_id=lead_id))
    return stubs.scoring.Score(request).result


def test_what_was_said_is_answered_and_listed_whole(fresh):
    stored = record(
        fresh,
        "r1",
        feedback_id="mine",
        action=CONTACT,
        user_rating=0.0,
        interaction_duration=Duration(seconds=65, nanos=1_000),
        contact_successful=False,
        contact_response_time=Duration(seconds=31_536_000),
        session_id="s",
        source=feedback_pb2.FEEDBACK_SOURCE_INTEGRATION,
        agent_id="anna",
        model_version="v1",
        shown_score=12.5,
        occurred_time=Timestamp(seconds=1_700_000_000, nanos=1_000),
        user_agent="Mozilla/5.0",
        ip_address="203.0.113.7",
    )
    told = stored.feedback
    assert (told.feedback_id, told.agent_id, told.user_rating, told.contact_successful) == ("mine", "anna", 0.0, False)
    assert told.HasField("user_rating")
    assert told.HasField("contact_successful")
    assert not told.HasField("conversion_value")
    assert (told.interaction_duration.seconds, told.interaction_duration.nanos) == (65, 1_000)
    assert (told.model_version, told.shown_score) == ("v1", 12.5)
    assert (told.user_agent, told.ip_address, told.attribution_token) == ("", "", "")
    assert (stored.revision, stored.actor) == (1, "local")
    assert 0 < stored.confidence < 1
    assert list(listed(fresh)) == [stored]


def test_what_was_not_said_has_its_defaults(fresh):
    stored = record(fresh, "r1")
    assert stored.feedback.feedback_id.startswith("fb-")
    assert stored.feedback.source == feedback_pb2.FEEDBACK_SOURCE_MANUAL
    assert stored.feedback.agent_id == "local"
    assert stored.feedback.occurred_time == stored.record_time == stored.create_time
    assert not stored.HasField("supersede_time")
    assert not stored.feedback.HasField("user_rating")


def test_the_same_request_again_is_the_same_answer(fresh):
    first = record(fresh, "r1", user_agent="x")
    assert record(fresh, "r1", user_agent="x") == first
    assert len(listed(fresh)) == 1
    request = pb.RecordFeedbackRequest(request_id="r1", feedback=said(user_rating=1))
    assert refused(fresh.feedback.RecordFeedback, request).code is grpc.StatusCode.ALREADY_EXISTS


def test_a_correction_supersedes_and_must_keep_its_lead(fresh):
    first = record(fresh, "r1", feedback_id="f", user_rating=10)
    second = record(fresh, "r2", feedback_id="f", user_rating=90)
    assert (second.revision, second.create_time) == (2, first.create_time)
    newest, history = listed(fresh, lead_id="a", with_history=True)
    assert newest == second
    assert history.supersede_time == second.record_time
    other = pb.RecordFeedbackRequest(request_id="r3", feedback=said("b", feedback_id="f"))
    assert refused(fresh.feedback.RecordFeedback, other).fields == ["feedback.lead_id"]


def test_an_unknown_lead_is_not_found(shared):
    request = pb.RecordFeedbackRequest(request_id="unknown", feedback=said("nowhere"))
    failure = refused(shared.feedback.RecordFeedback, request)
    assert (failure.code, failure.info.reason) == (NOT_FOUND, "LEAD_NOT_FOUND")
    assert dict(failure.info.metadata) == {"kind": "lead", "id": "nowhere"}


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"action": 0}, ["action"]),
        ({"action": 99}, ["action"]),
        ({"source": 77}, ["source"]),
        ({"lead_id": ""}, ["lead_id"]),
        ({"lead_id": "with space"}, ["lead_id"]),
        ({"feedback_id": "x" * 129}, ["feedback_id"]),
        ({"feedback_id": "with space"}, ["feedback_id"]),
        ({"user_rating": 100.001}, ["user_rating"]),
        ({"user_rating": -1}, ["user_rating"]),
        ({"user_rating": NAN}, ["user_rating"]),
        ({"shown_score": INFINITY}, ["shown_score"]),
        ({"interaction_duration": Duration(seconds=86_401)}, ["interaction_duration"]),
        ({"interaction_duration": Duration(seconds=-1)}, ["interaction_duration"]),
        ({"interaction_duration": Duration(seconds=2**62)}, ["interaction_duration"]),
        ({"interaction_duration": Duration(nanos=-1)}, ["interaction_duration"]),
        ({"action": CONTACT, "contact_response_time": Duration(seconds=31_536_001)}, ["contact_response_time"]),
        ({"contact_response_time": Duration(seconds=1)}, ["contact_response_time"]),
        ({"contact_successful": False}, ["contact_successful"]),
        ({"conversion_value": 1.0}, ["conversion_value"]),
        ({"action": CONVERT, "conversion_value": -0.01}, ["conversion_value"]),
        ({"action": CONVERT, "conversion_value": INFINITY}, ["conversion_value"]),
        ({"action": CONVERT, "conversion_value": 1.1e15}, ["conversion_value"]),
        ({"session_id": "x" * 129}, ["session_id"]),
        ({"session_id": "a\x00"}, ["session_id"]),
        ({"agent_id": "a\nb"}, ["agent_id"]),
        ({"model_version": "no version"}, ["model_version"]),
        ({"attribution_token": "x"}, ["attribution_token"]),
        ({"attribution_token": "é"}, ["attribution_token"]),
        ({"occurred_time": Timestamp(seconds=-1)}, ["occurred_time"]),
        ({"occurred_time": Timestamp(seconds=4_000_000_000)}, ["occurred_time"]),
        ({"occurred_time": Timestamp(seconds=2**62)}, ["occurred_time"]),
        ({"user_agent": "x" * 1_001}, ["user_agent"]),
        ({"ip_address": "300.1.1.1"}, ["ip_address"]),
        ({"ip_address": "fe80::1%eth0"}, ["ip_address"]),
        ({"ip_address": "example.com"}, ["ip_address"]),
        (
            {"lead_id": "", "user_rating": 101, "ip_address": "?", "conversion_value": 1},
            ["lead_id", "ip_address", "user_rating", "conversion_value"],
        ),
    ],
    ids=lambda value: None if isinstance(value, dict) else "+".join(value),
)
def test_every_broken_field_is_named(shared, fields, broken):
    request = pb.RecordFeedbackRequest(request_id="broken", feedback=said(**fields))
    failure = refused(shared.feedback.RecordFeedback, request)
    assert failure.code is INVALID
    assert failure.fields == [f"feedback.{name}" for name in broken]


def test_a_request_needs_its_id(shared):
    for request_id in ("", "x" * 129):
        request = pb.RecordFeedbackRequest(request_id=request_id, feedback=said())
        assert refused(shared.feedback.RecordFeedback, request).fields == ["request_id"]
        assert refused(shared.feedback.RecordImplicitFeedback, session(request_id)).fields == ["request_id"]


def test_a_little_ahead_of_our_clock_is_fine_and_more_is_not(fresh):
    now = Timestamp()
    now.GetCurrentTime()
    ahead = Timestamp(seconds=now.seconds + 240)
    assert record(fresh, "ahead", occurred_time=ahead).feedback.occurred_time == ahead
    far = pb.RecordFeedbackRequest(request_id="far", feedback=said(occurred_time=Timestamp(seconds=now.seconds + 400)))
    assert refused(fresh.feedback.RecordFeedback, far).fields == ["feedback.occurred_time"]


def test_a_token_joins_feedback_to_what_was_shown(fresh):
    shown = score(fresh, "a")
    stored = record(fresh, "r1", attribution_token=shown.attribution_token)
    assert stored.feedback.model_version == shown.model_version
    assert stored.feedback.shown_score == pytest.approx(shown.score, abs=1e-5)
    assert stored.confidence > record(fresh, "r2").confidence
    agreeing = record(
        fresh,
        "r3",
        attribution_token=shown.attribution_token,
        model_version=shown.model_version,
        shown_score=shown.score,
    )
    assert agreeing.feedback.shown_score == stored.feedback.shown_score


def test_a_token_that_is_not_for_this_is_refused(fresh):
    good = score(fresh, "a").attribution_token
    shown = Attribution(
        token_id="0" * 24,
        tenant="default",
        lead_id="a",
        model_version="v",
        source="model",
        score=1.0,
        score_time=datetime(2026, 1, 1, tzinfo=UTC),
    )
    foreign = TokenSigner(b"x" * 32).sign(shown)
    for lead_id, token in (("b", good), ("a", foreign), ("a", good[:-4] + "AAAA"), ("a", good + "A" * 9_000)):
        request = pb.RecordFeedbackRequest(request_id="t", feedback=said(lead_id, attribution_token=token))
        assert refused(fresh.feedback.RecordFeedback, request).fields == ["feedback.attribution_token"]
    for contradiction in ({"model_version": "other"}, {"shown_score": 0.0}):
        request = pb.RecordFeedbackRequest(request_id="t", feedback=said(attribution_token=good, **contradiction))
        assert refused(fresh.feedback.RecordFeedback, request).fields == [f"feedback.{name}" for name in contradiction]


def test_a_session_is_recorded_in_order_and_whole(fresh):
    token = score(fresh, "b").attribution_token
    request = session(
        "s1",
        pb.Interaction(lead_id="a", action=VIEW, duration=Duration(seconds=130)),
        pb.Interaction(lead_id="b", action=feedback_pb2.FEEDBACK_ACTION_SAVE, attribution_token=token),
        pb.Interaction(lead_id="a", action=VIEW, duration=Duration(seconds=1)),
        agent_id="anna",
    )
    answer = fresh.feedback.RecordImplicitFeedback(request)
    stored = answer.feedback
    assert [one.feedback.lead_id for one in stored] == ["a", "b", "a"]
    assert {one.feedback.source for one in stored} == {feedback_pb2.FEEDBACK_SOURCE_IMPLICIT}
    assert {(one.feedback.session_id, one.feedback.agent_id) for one in stored} == {("session", "anna")}
    assert len({one.feedback.feedback_id for one in stored}) == 3
    assert stored[1].feedback.model_version
    assert stored[2].confidence < stored[0].confidence
    assert fresh.feedback.RecordImplicitFeedback(request) == answer
    assert len(listed(fresh, agent_id="anna")) == 3


def test_a_session_with_one_mistake_records_nothing(fresh):
    good = pb.Interaction(lead_id="a", action=VIEW)
    for broken, field in (
        (pb.Interaction(lead_id="a"), "action"),
        (pb.Interaction(lead_id="?", action=VIEW), "lead_id"),
        (pb.Interaction(lead_id="a", action=VIEW, duration=Duration(seconds=86_401)), "duration"),
        (pb.Interaction(lead_id="a", action=VIEW, duration=Duration(seconds=-5)), "duration"),
        (pb.Interaction(lead_id="a", action=VIEW, occurred_time=Timestamp(seconds=4_000_000_000)), "occurred_time"),
        (pb.Interaction(lead_id="a", action=VIEW, attribution_token="x"), "attribution_token"),  # noqa: S106
    ):
        failure = refused(fresh.feedback.RecordImplicitFeedback, session("s", good, broken))
        assert failure.fields == [f"interactions[1].{field}"]
    unknown = refused(
        fresh.feedback.RecordImplicitFeedback, session("s", good, pb.Interaction(lead_id="nowhere", action=VIEW))
    )
    assert (unknown.code, unknown.info.metadata["id"]) == (NOT_FOUND, "nowhere")
    assert len(listed(fresh)) == 0


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"session_id": ""}, "session_id"),
        ({"session_id": "x" * 129}, "session_id"),
        ({"interactions": []}, "interactions"),
        ({"interactions": [pb.Interaction(lead_id="a", action=VIEW)] * 501}, "interactions"),
        ({"interactions": [pb.Interaction(lead_id="a" * 128, action=VIEW)] * 900}, "interactions"),
        ({"interactions": [pb.Interaction(lead_id="a", action=VIEW)] * 3, "ip_address": "x"}, "ip_address"),
        ({"interactions": [pb.Interaction(lead_id="a", action=VIEW)] * 3, "user_agent": "x" * 1_001}, "user_agent"),
        ({"agent_id": "x" * 129}, "agent_id"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)
def test_what_is_wrong_with_a_session_is_said_once(shared, fields, broken):
    assert refused(shared.feedback.RecordImplicitFeedback, session("broken", **fields)).fields == [broken]


def test_the_largest_session_is_recorded(fresh):
    token = score(fresh, "a").attribution_token
    most = [pb.Interaction(lead_id="a", action=VIEW, duration=Duration(seconds=9), attribution_token=token)] * 500
    stored = fresh.feedback.RecordImplicitFeedback(session("s", *most)).feedback
    assert len({one.feedback.feedback_id for one in stored}) == 500


def test_pages_hold_everything_once_newest_first(fresh):
    for number in range(7):
        occurred = Timestamp(seconds=1_700_000_000 + number // 2)
        record(fresh, f"r{number}", "ab"[number % 2], occurred_time=occurred)
    seen, token = [], ""
    while True:
        page = fresh.feedback.ListFeedback(pb.ListFeedbackRequest(page_size=3, page_token=token))
        seen += [(one.feedback.occurred_time.seconds, one.feedback.feedback_id) for one in page.feedback]
        token = page.next_page_token
        if not token:
            break
    assert len(seen) == 7
    assert seen == sorted(set(seen), reverse=True)
    assert len(listed(fresh, lead_id="a")) == 4
    assert len(listed(fresh, start_time=Timestamp(seconds=1_700_000_002))) == 3
    assert len(listed(fresh, end_time=Timestamp(seconds=1_700_000_001))) == 2


@pytest.mark.parametrize(
    ("query", "broken"),
    [
        ({"page_size": -1}, "page_size"),
        ({"page_token": "x"}, "page_token"),
        ({"lead_id": "with space"}, "lead_id"),
        ({"agent_id": "x" * 129}, "agent_id"),
        ({"with_history": True}, "with_history"),
        ({"start_time": Timestamp(seconds=-1)}, "start_time"),
        ({"end_time": Timestamp(seconds=2**60)}, "end_time"),
        ({"start_time": Timestamp(seconds=2), "end_time": Timestamp(seconds=1)}, "end_time"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)
def test_a_broken_query_names_its_field(shared, query, broken):
    assert refused(shared.feedback.ListFeedback, pb.ListFeedbackRequest(**query)).fields == [broken]


def test_a_page_token_is_good_for_its_own_list_only(fresh):
    record(fresh, "r1")
    record(fresh, "r2")
    token = fresh.feedback.ListFeedback(pb.ListFeedbackRequest(page_size=1)).next_page_token
    other = pb.ListFeedbackRequest(page_size=1, page_token=token, lead_id="a")
    assert refused(fresh.feedback.ListFeedback, other).fields == ["page_token"]


def test_the_history_of_an_unknown_lead_is_not_found(shared):
    assert refused(shared.feedback.ListFeedback, pb.ListFeedbackRequest(lead_id="nowhere")).code is NOT_FOUND


def test_a_summary_of_nothing_leaves_out_what_cannot_be_told(fresh):
    answer = fresh.feedback.GetFeedbackAnalytics(pb.GetFeedbackAnalyticsRequest())
    assert (answer.total_count, answer.total_value, len(answer.trend)) == (0, 0.0, 30)
    assert not answer.HasField("average_confidence")
    assert not answer.HasField("contact_success")
    assert not answer.HasField("conversion")
    assert not answer.HasField("average_value")


def test_a_summary_adds_up(fresh):
    record(fresh, "r1", action=CONTACT, contact_successful=True, user_rating=40)
    record(fresh, "r2", action=CONTACT, contact_successful=False, user_rating=60)
    record(fresh, "r3", "b", action=CONVERT, conversion_value=250.0)
    fresh.feedback.RecordImplicitFeedback(session())
    answer = fresh.feedback.GetFeedbackAnalytics(pb.GetFeedbackAnalyticsRequest(days=7))
    assert answer.total_count == 4
    assert {(row.action, row.count, row.share) for row in answer.actions} == {
        (VIEW, 1, 0.25),
        (CONTACT, 2, 0.5),
        (CONVERT, 1, 0.25),
    }
    assert [row.count for row in answer.sources] == [3, 1]
    success = answer.contact_success
    assert (success.success_count, success.total_count, success.rate) == (1, 2, 0.5)
    assert 0 < success.interval.lower < 0.5 < success.interval.upper < 1
    assert (answer.conversion.success_count, answer.conversion.total_count) == (1, 2)
    assert (answer.total_value, answer.average_value, answer.average_rating) == (250.0, 250.0, 50.0)
    assert sum(slot.contact_success.total_count for slot in answer.hours) == 2
    assert sum(slot.contact_success.total_count for slot in answer.weekdays) == 2
    assert len(answer.trend) == 7
    assert sum(day.count for day in answer.trend) == 4
    assert sum(day.conversion_count for day in answer.trend) == 1
    assert sum(day.value for day in answer.trend) == 250.0


@pytest.mark.parametrize("days", [-1, 366, 2**31 - 1])
def test_a_summary_is_of_1_to_365_days(shared, days):
    request = pb.GetFeedbackAnalyticsRequest(days=days)
    assert refused(shared.feedback.GetFeedbackAnalytics, request).fields == ["days"]


def test_old_feedback_is_pruned_once_it_was_tried_dry(fresh):
    record(fresh, "old", occurred_time=Timestamp(seconds=1_500_000_000))
    record(fresh, "new")
    dry = fresh.feedback.PruneFeedback(pb.PruneFeedbackRequest(request_id="p", dry_run=True))
    assert (dry.pruned_count, dry.kept_count, len(listed(fresh))) == (1, 1, 2)
    done = fresh.feedback.PruneFeedback(pb.PruneFeedbackRequest(request_id="p"))
    assert (done.pruned_count, done.kept_count, len(listed(fresh))) == (1, 1, 1)
    assert fresh.feedback.PruneFeedback(pb.PruneFeedbackRequest(request_id="p")) == done
    assert done.before_time.seconds > 1_500_000_000


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"request_id": ""}, "request_id"),
        ({"retention_days": -1}, "retention_days"),
        ({"retention_days": 3_651}, "retention_days"),
        ({"retention_days": 2**31 - 1, "dry_run": True}, "retention_days"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)
def test_a_broken_pruning_names_its_field(shared, fields, broken):
    request = pb.PruneFeedbackRequest(**{"request_id": "p", **fields})
    assert refused(shared.feedback.PruneFeedback, request).fields == [broken]
