"""Whatever is asked of actions, published of them or told of them on a valid wire is answered, or refused in words."""

from __future__ import annotations

import math
import shutil

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leadline.v1 import action_catalog_service_pb2 as catalogs
from leadline.v1 import action_pb2 as pb
from leadline.v1 import criterion_pb2, lead_pb2, lead_service_pb2
from leadline.v1 import intelligence_service_pb2 as intelligence

from tests.parts.errors import failure_of
from tests.parts.serving import served_here

REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
}
MANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

texts = st.one_of(
    st.sampled_from(["", "a", "call", "l1", "\x00", "a\x00b", "\u202e\u0301\U0001f600", "x" * 1_001, "{lead.title}"]),
    st.text(max_size=20),
)
ids = st.one_of(st.sampled_from(["call", "mail", "wait"]), texts)
numbers = st.one_of(st.floats(0.0, 100.0), st.floats(), st.sampled_from([-0.0, 5e-324, 1e12, 1.7e308, math.nan]))
INT32 = st.integers(-(2**31), 2**31 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)
counts = st.one_of(st.integers(0, 30), INT32)
durations = st.one_of(
    st.builds(Duration, seconds=st.integers(0, 40_000_000)),
    st.builds(Duration, seconds=INT64, nanos=INT32),
)
times = st.one_of(
    st.builds(Timestamp, seconds=st.integers(0, 4_102_444_799)), st.builds(Timestamp, seconds=INT64, nanos=INT32)
)
fields = st.one_of(
    st.sampled_from(["lead.price", "lead.title", "lead.attributes.vip", "health.score", "analysis.intents"]), texts
)
comparisons = st.one_of(
    st.builds(criterion_pb2.FieldComparison, field=fields, operator=st.integers(0, 11), number=numbers),
    st.builds(criterion_pb2.FieldComparison, field=fields, operator=st.integers(0, 11), text=texts),
    st.builds(criterion_pb2.FieldComparison, field=fields, operator=st.integers(0, 11), flag=st.booleans()),
    st.builds(
        criterion_pb2.FieldComparison, field=fields, operator=st.integers(0, 11), texts=st.lists(texts, max_size=3)
    ),
)


def _negated(part):
    wire = criterion_pb2.Criterion()
    getattr(wire, "not").CopyFrom(part)
    return wire


criteria = st.recursive(
    st.one_of(
        st.just(criterion_pb2.Criterion()),
        st.builds(lambda one: criterion_pb2.Criterion(comparison=one), comparisons),
    ),
    lambda inner: st.one_of(
        st.builds(_negated, inner),
        st.builds(
            lambda several: criterion_pb2.Criterion(all=criterion_pb2.CriterionList(criteria=several)),
            st.lists(inner, max_size=3),
        ),
        st.builds(
            lambda several: criterion_pb2.Criterion(any=criterion_pb2.CriterionList(criteria=several)),
            st.lists(inner, max_size=3),
        ),
    ),
    max_leaves=6,
)
caps = st.builds(pb.ContactCap, count=counts, window=durations)
WILD = {
    "title": texts,
    "category": st.integers(-1, 6),
    "group": texts,
    "channel": st.one_of(st.sampled_from(["call", "email"]), texts),
    "eligibility": criteria,
    "start_time": times,
    "end_time": times,
    "cool_down": st.builds(pb.CoolDown, action=durations, group=durations, channel=durations),
    "lead_cap": caps,
    "agent_cap": caps,
    "daily_cap": counts,
    "excluded_action_ids": st.lists(ids, max_size=3),
    "exclusion_window": durations,
    "needs_consent": st.booleans(),
    "value": numbers,
    "cost": numbers,
    "lever": numbers,
    "priority": numbers,
    "context_weights": st.lists(
        st.builds(pb.ContextWeight, criterion=criteria, percent=numbers, reason=texts), max_size=2
    ),
    "due_within": durations,
    "wording": st.one_of(texts, st.sampled_from(["Hello {lead.title}. {needs.budget}!", "{" * 500, "{a." * 300])),
}
SETTINGS = {
    "quiet_hours": st.lists(
        st.builds(
            pb.QuietHours,
            channel=texts,
            start_minute=st.one_of(st.integers(0, 1_439), INT32),
            end_minute=st.one_of(st.integers(0, 1_439), INT32),
            quiet_weekdays=st.lists(st.integers(0, 8), max_size=3),
        ),
        max_size=3,
    ),
    "default_time_zone": st.one_of(st.sampled_from(["Europe/Vienna", "../x", "Europe"]), texts),
    "time_zone_attribute": texts,
    "consent_prefix": texts,
    "lead_cap": caps,
    "agent_cap": caps,
    "exploration": st.one_of(st.floats(0.0, 0.2), numbers),
    "not_now_half_life": durations,
    "outcome_window": durations,
    "baseline_action_id": ids,
}


@st.composite
def some_catalogs(draw):
    """Right but for a few fields."""
    actions = [
        {"action_id": name, "title": name, "category": 1, "priority": 10.0, "excluded_action_ids": [other]}
        for name, other in (("call", "mail"), ("mail", "wait"), ("wait", "call"))
    ]
    for name in draw(st.lists(st.sampled_from(sorted(WILD)), max_size=3)):
        actions[draw(st.integers(0, 2))][name] = draw(WILD[name])
    more = {name: draw(SETTINGS[name]) for name in draw(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=2))}
    return pb.ActionCatalog(actions=[pb.Action(**one) for one in actions], **more)


@pytest.fixture(scope="module")
def stubs(registered_home, tmp_path_factory):
    home = shutil.copytree(registered_home, tmp_path_factory.mktemp("any") / "home")
    with served_here(home, poll_seconds=0.05) as (_, stubs):
        lead = lead_pb2.Lead(lead_id="l1", title="Loft", price=200.0)
        lead.attributes["time_zone"].text = "\x00/.."
        lead.attributes["vip"].flag = True
        writes = [lead_service_pb2.LeadWrite(lead=lead)]
        stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="leads", leads=writes))
        yield stubs


def check(answer):
    """Fail unless an answer holds together."""
    for place, one in enumerate(answer.actions, 1):
        assert one.priority == place
        assert one.rank_score == math.prod(term.factor for term in one.terms)
        assert 0.0 <= one.confidence <= 1.0
        assert 0.0 <= one.propensity <= 1.0
        assert one.action_token
    assert len({one.action_id for one in answer.actions}) == len(answer.actions)


def call(method, request):
    """Return the answer, None where it was refused in words."""
    try:
        return method(request, timeout=10)
    except grpc.RpcError as error:
        failure = failure_of(error)
        assert failure.code in REFUSALS, (failure, request)
        return None


def test_any_catalogue_is_published_and_asked_or_refused(stubs):
    published = 0

    @MANY
    @given(catalog=some_catalogs(), reason=st.one_of(st.just(""), texts), explain=st.booleans(), agent=texts)
    def run(catalog, reason, explain, agent):
        nonlocal published
        request = catalogs.PublishActionCatalogRequest(
            request_id=f"r{published}", catalog=catalog, reason=reason, keep_inactive=True
        )
        kept = call(stubs.action_catalogs.PublishActionCatalog, request)
        if kept is None:
            return
        published += 1
        version = kept.catalog_version.version
        wanted = intelligence.NextBestActionsRequest(
            lead_id="l1", catalog_version=version, explain=explain, agent_id=agent, limit=3
        )
        answer = call(stubs.intelligence.NextBestActions, wanted)
        if answer is not None:
            check(answer)
        if answer is not None and explain:
            told = [one.action_id for one in (*answer.actions, *answer.dropped_actions)]
            assert sorted(told) == ["call", "mail", "wait"]

    run()
    assert published > 8, "much of it must be kept"


def test_any_question_is_answered_or_refused(stubs):
    answered = 0
    wild = {
        "lead_id": ids,
        "agent_id": texts,
        "limit": counts,
        "channels": st.lists(texts, max_size=2),
        "catalog_version": INT32,
        "model_version": texts,
        "experiment": texts,
        "unit_id": texts,
    }
    few = st.lists(st.sampled_from(sorted(wild)), max_size=2, unique=True)
    requests = st.builds(
        lambda said, explain: intelligence.NextBestActionsRequest(**{"lead_id": "l1", "explain": explain, **said}),
        few.flatmap(lambda names: st.fixed_dictionaries({name: wild[name] for name in names})),
        st.booleans(),
    )

    @MANY
    @given(request=requests)
    def run(request):
        nonlocal answered
        answer = call(stubs.intelligence.NextBestActions, request)
        if answer is not None:
            answered += 1
            check(answer)

    run()
    assert answered, "some of it must be answered"


def test_any_outcome_is_recorded_or_refused(stubs):
    wanted = intelligence.NextBestActionsRequest(lead_id="l1")
    token = stubs.intelligence.NextBestActions(wanted).actions[0].action_token
    wild = {
        "request_id": texts,
        "action_token": texts,
        "lead_id": ids,
        "action_id": ids,
        "outcome": st.integers(-1, 7),
        "outcome_time": times,
        "value": numbers,
        "agent_id": texts,
        "propensity": numbers,
    }
    few = st.lists(st.sampled_from(sorted(wild)), max_size=2, unique=True)
    requests = st.builds(
        lambda number, outcome, said: intelligence.RecordActionOutcomeRequest(
            **{"request_id": f"r{number}", "action_token": token, "outcome": outcome, **said}
        ),
        st.integers(0, 99),
        st.integers(1, 5),
        few.flatmap(lambda names: st.fixed_dictionaries({name: wild[name] for name in names})),
    )
    recorded = 0

    @MANY
    @given(request=requests)
    def run(request):
        nonlocal recorded
        recorded += call(stubs.intelligence.RecordActionOutcome, request) is not None

    run()
    assert recorded, "some of it must be recorded"
    # What was kept can be read: what was done with a lead is part of every answer.
    check(stubs.intelligence.NextBestActions(wanted))
