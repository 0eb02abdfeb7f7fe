from __future__ import annotations

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from leadline.v1 import conversation_pb2, lead_pb2, lead_service_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from core.caller import Role
from core.scoring.token import TokenSigner
from core.version import SENTIMENT
from tests.parts.errors import failure_of
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.serving import served_here
from tests.parts.shopping import Shop, until
from tests.parts.talking import AGENT, LEAD, START, SYSTEM, TALK, asked, check_answer, message, same_answer

NOT_FOUND = grpc.StatusCode.NOT_FOUND
AS_OF = START + timedelta(hours=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home without a model: it need not be made first."""
    return tmp_path_factory.mktemp("talking")


@pytest.fixture(scope="module")
def stubs(home):
    with served_here(home, poll_seconds=0.05) as (_, shared):
        yield shared


@pytest.fixture(scope="module")
def talk(stubs):
    return stubs.intelligence


def failed(call, request):
    with pytest.raises(grpc.RpcError) as raised:
        call(request)
    return failure_of(raised.value)


def test_a_conversation_is_read(talk):
    request = asked(as_of_time=AS_OF)
    answer = talk.Analyze(request)
    check_answer(request, answer)
    assert {one.source for one in answer.heads} == {conversation_pb2.CONVERSATION_SOURCE_RULES}
    assert {one.model_kind for one in answer.heads} == {
        "sentiment",
        "intent",
        "urgency",
        "buying_intent",
        "objection",
        "dialogue_act",
    }
    assert (answer.needs.budget_upper, answer.needs.budget_currency) == (400_000.0, "USD")
    assert answer.needs.bedrooms_lower == 3.0
    assert list(answer.needs.places) == ["riverside"]
    assert answer.needs.is_pre_approved
    assert conversation_pb2.BEHAVIORAL_SIGNAL_KIND_PRE_APPROVED in {one.kind for one in answer.behavioral_signals}
    assert [one.kind for one in answer.objections] == [conversation_pb2.OBJECTION_KIND_PRICE]
    assert not answer.objections[0].is_overcome
    assert "objection" in {one.type for one in answer.insights}
    assert not answer.messages[1].HasField("sentiment")
    assert answer.messages[2].HasField("sentiment")
    assert len(answer.messages[2].intents) == 11


def test_new_messages_change_the_answer_and_the_way_it_came_does_not(talk):
    for count in range(1, len(TALK)):
        grown = talk.Analyze(asked(TALK[:count], conversation_id="grown", as_of_time=AS_OF))
        assert grown.message_count == count
    grown = talk.Analyze(asked(conversation_id="grown", as_of_time=AS_OF))
    at_once = talk.Analyze(asked(conversation_id="at-once", as_of_time=AS_OF))
    assert same_answer(grown) == same_answer(at_once)
    assert same_answer(talk.Analyze(asked(conversation_id="grown", as_of_time=AS_OF))) == same_answer(at_once)


def test_answers_of_single_messages_are_given_from_an_index_on(talk):
    whole = talk.Analyze(asked(as_of_time=AS_OF))
    request = asked(as_of_time=AS_OF, results_from=3)
    part = talk.Analyze(request)
    check_answer(request, part)
    assert list(part.messages) == list(whole.messages[3:])
    del whole.messages[:3]
    assert same_answer(part) == same_answer(whole)
    assert not talk.Analyze(asked(results_from=len(TALK))).messages


def test_roles_that_are_not_said_are_leads_and_software_is_not_read(talk):
    request = pb.AnalyzeRequest(messages=[message(0, "I am furious"), message(SYSTEM, "I am furious")])
    first, second = talk.Analyze(request).messages
    assert (first.role, second.role) == (LEAD, SYSTEM)
    assert first.HasField("sentiment")
    assert not second.HasField("sentiment")


def test_the_same_conversation_later_is_less_urgent(talk):
    now, later = (talk.Analyze(asked(TALK[:1], as_of_time=AS_OF + timedelta(days=d))) for d in (0, 9))
    assert now.urgency.probability > 4 * later.urgency.probability
    assert now.priority_score > later.priority_score
    assert (now.messages, now.message_count) == (later.messages, later.message_count)


def test_who_does_not_answer_goes_quiet(talk):
    answer = talk.Analyze(asked(TALK[:2], as_of_time=START + timedelta(days=5)))
    assert answer.momentum == conversation_pb2.MOMENTUM_DECLINING
    assert "going_quiet" in {one.type for one in answer.insights}


def test_tokens_are_of_this_answer(home, talk):
    answer = talk.Analyze(asked())
    signer = TokenSigner(next(home.glob("*secret*")).read_bytes())
    token = signer.read(answer.attribution_token)
    assert (token.source, token.lead_id, token.tenant) == ("analysis", "", "default")
    assert token.score == pytest.approx(answer.priority_score, abs=1e-5)


def store_lead(stubs, lead_id, **fields):
    lead = lead_pb2.Lead(lead_id=lead_id, title="house", **fields)
    request = lead_service_pb2.UpsertLeadsRequest(
        request_id=f"lead-{lead_id}", leads=[lead_service_pb2.LeadWrite(lead=lead)]
    )
    stubs.leads.UpsertLeads(request)


def test_a_lead_brings_its_score_and_what_it_did(stubs):
    talk = stubs.intelligence
    store_lead(stubs, "stored")
    answer = talk.Analyze(asked(lead_id="stored"))
    assert 0.0 <= answer.lead_score <= 100.0
    assert answer.lead_event_count == 0
    assert not talk.Analyze(asked()).HasField("lead_score")
    Shop(stubs.channel).did("only-events", ("ITEM_VIEWED", "i1"))
    answer = talk.Analyze(asked(lead_id="only-events"))
    assert answer.lead_event_count == 1
    assert not answer.HasField("lead_score")
    assert failed(talk.Analyze, asked(lead_id="nobody")).code is grpc.StatusCode.NOT_FOUND


def test_what_was_said_counts_in_the_leads_health(stubs):
    store_lead(stubs, "healthy")
    health = stubs.intelligence.AssessHealth
    before = health(pb.AssessHealthRequest(lead_id="healthy")).health
    now = datetime.now(UTC)
    request = asked(timed=False, lead_id="healthy", conversation_id="c1")
    for one in request.messages:
        one.send_time.FromDatetime(now)
    stubs.intelligence.Analyze(request)
    until(lambda: health(pb.AssessHealthRequest(lead_id="healthy")).health.engagement_score > before.engagement_score)


def test_an_experiment_needs_a_unit_and_chooses_the_version(talk):
    assert failed(talk.Analyze, asked(experiment="exp")).fields == ["unit_id"]
    assert failed(talk.Analyze, asked(unit_id="u")).fields == ["unit_id"]
    pinned = asked(experiment="exp", unit_id="u", model_versions={SENTIMENT: "v1"})
    assert failed(talk.Analyze, pinned).fields == ["model_versions"]
    assert failed(talk.Analyze, asked(experiment="exp", unit_id="u")).code is grpc.StatusCode.NOT_FOUND


def test_versions_that_are_not_known_are_refused(talk):
    failure = failed(talk.Analyze, asked(model_versions={"sentiment": "v1"}))
    assert failure.code is grpc.StatusCode.NOT_FOUND
    assert failed(talk.Analyze, asked(model_versions={"lead_score": "v1"})).fields == ["model_versions"]


def test_agents_entities_are_told_and_are_no_needs(talk):
    answer = talk.Analyze(asked([(AGENT, "We have one for $900k in Soho."), (LEAD, "Hello.")]))
    assert {one.kind for one in answer.messages[0].entities} >= {conversation_pb2.ENTITY_KIND_PLACE}
    assert not answer.needs.entities
    assert not answer.needs.HasField("budget_upper")


def test_sellers_talk_with_their_own_leads(tmp_path):
    admin = bearer(make_key(tmp_path, "acme", Role.ADMIN).secret)
    ann = bearer(make_key(tmp_path, "acme", Role.SELLER, owner_id="ann").secret)
    with served_here(tmp_path, auth="api_key", api_key_pepper=PEPPER) as (_, stubs):
        writes = [
            lead_service_pb2.LeadWrite(lead=lead_pb2.Lead(lead_id=owner, owner_id=owner, title="x"))
            for owner in ("ann", "bob")
        ]
        stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="l", leads=writes), metadata=admin)
        analyze = stubs.intelligence.Analyze
        assert analyze(asked(lead_id="ann"), metadata=ann).HasField("lead_score")
        assert analyze(asked(), metadata=ann).message_count == len(TALK)
        assert failed(lambda request: analyze(request, metadata=ann), asked(lead_id="bob")).code is NOT_FOUND
