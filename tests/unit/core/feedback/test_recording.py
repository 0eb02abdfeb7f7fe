from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actions.action_token import ShownAction
from core.caller import Caller, Role
from core.errors import InvalidInput
from core.feedback.feedback import FeedbackAction
from core.feedback.recording import ANALYSIS, FeedbackIntake
from core.feedback.told import ToldFeedback
from core.identifiers import TenantId
from core.recommend.recommending import SHOWN_AS
from core.scoring.token import Attribution, TokenSigner
from tests.parts.clock import SetClock

SECRET = b"s" * 32
ACME = Caller(tenant=TenantId("acme"), actor="key:1")
OTHER = Caller(tenant=TenantId("other"), actor="key:1")
ANN = Caller(tenant=ACME.tenant, actor="key:2", roles=frozenset({Role.SELLER}), owner_id="ann")
SIGNER = TokenSigner(SECRET)
CLOCK = SetClock()
SHOWN = Attribution(
    token_id="0" * 24,
    tenant="acme",
    lead_id="a",
    model_version="v7",
    source="model",
    score=42.123456,
    score_time=CLOCK.now,
)
TOLD = ToldFeedback(lead_id="a", action=FeedbackAction.VIEW)


def accept(caller=ACME, *, secret=SECRET, request_id="r1", method="RecordFeedback", position=0, **fields):
    intake = FeedbackIntake(SIGNER.read, secret, CLOCK)
    told = replace(TOLD, **fields)
    return intake.accept(caller, told, method=method, request_id=request_id, position=position)


def broken(caller=ACME, **fields):
    with pytest.raises(InvalidInput) as caught:
        accept(caller, **fields)
    return [violation.field for violation in caught.value.violations]


def test_an_id_that_was_not_said_depends_on_the_request_alone():
    ids = [
        accept(**where).feedback.feedback_id
        for where in ({}, {"request_id": "r2"}, {"position": 1}, {"method": "RecordImplicitFeedback"})
    ]
    assert len(set(ids)) == 4
    assert accept(user_rating=1.0).feedback.feedback_id == ids[0]
    assert accept(feedback_id="mine").feedback.feedback_id == "mine"


def test_a_token_fills_in_what_was_shown():
    told = accept(attribution_token=SIGNER.sign(SHOWN)).feedback
    assert (told.model_version, told.shown_score, told.token_id) == ("v7", 42.123456, "0" * 24)


@pytest.mark.parametrize(
    "shown",
    [replace(SHOWN, tenant="other"), replace(SHOWN, lead_id="b")],
    ids=["tenant", "lead"],
)
def test_a_token_for_something_else_is_refused(shown):
    assert broken(attribution_token=SIGNER.sign(shown)) == ["attribution_token"]


def test_the_token_of_a_recommended_item_is_no_proof_of_a_score():
    assert broken(attribution_token=SIGNER.sign(replace(SHOWN, source=SHOWN_AS))) == ["attribution_token"]


def test_the_token_of_an_action_belongs_to_its_own_outcomes():
    shown = ShownAction(
        decision_id="d1",
        tenant="acme",
        lead_id="a",
        action_id="call",
        version="v7",
        propensity=0.5,
        decide_time=CLOCK.now,
    )
    assert broken(attribution_token=SIGNER.sign(shown.attribution())) == ["attribution_token"]


def test_the_token_of_an_analysis_vouches_for_no_score():
    token = SIGNER.sign(replace(SHOWN, source=ANALYSIS))
    kept = accept(attribution_token=token, shown_score=7.0, model_version="v8").feedback
    assert (kept.token_id, kept.shown_score, kept.model_version) == (SHOWN.token_id, 7.0, "v8")
    assert broken(attribution_token=token, model_version="no name") == ["model_version"]


def test_a_token_somebody_else_signed_is_refused():
    assert broken(attribution_token=TokenSigner(b"x" * 32).sign(SHOWN)) == ["attribution_token"]


def test_what_contradicts_the_token_is_refused():
    token = SIGNER.sign(SHOWN)
    assert broken(attribution_token=token, model_version="v8") == ["model_version"]
    assert broken(attribution_token=token, shown_score=42.2) == ["shown_score"]
    assert set(broken(attribution_token=token, shown_score=float("nan"))) == {"shown_score"}
    assert accept(attribution_token=token, shown_score=42.1234561).feedback.shown_score == 42.123456


def test_the_present_and_five_minutes_ahead_are_fine():
    assert accept().says_when is False
    assert accept().feedback.occurred_time == CLOCK.now
    edge = CLOCK.now + timedelta(minutes=5)
    assert accept(occurred_time=edge).says_when is True
    assert broken(occurred_time=edge + timedelta(microseconds=1)) == ["occurred_time"]
    assert accept(occurred_time=datetime(1970, 1, 1, tzinfo=UTC))
    assert broken(occurred_time=datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == ["occurred_time"]


def test_whose_action_it_is():
    assert accept().feedback.agent_id == "key:1"
    assert accept(agent_id="someone").feedback.agent_id == "someone"
    assert accept(ANN).feedback.agent_id == "ann"
    assert broken(ANN, agent_id="ben") == ["agent_id"]
    long_name = Caller(tenant=ACME.tenant, actor="token:" + "x" * 300)
    assert len(accept(long_name).feedback.agent_id) == 128


def test_pseudonyms_are_keyed_per_tenant_and_purpose_and_show_nothing():
    private = {"ip_address": "203.0.113.9", "user_agent": "203.0.113.9"}
    told = [
        accept(**private).feedback,
        accept(OTHER, **private).feedback,
        accept(secret=b"t" * 32, **private).feedback,
    ]
    names = [name for one in told for name in (one.address_pseudonym, one.user_agent_pseudonym)]
    assert len(set(names)) == 6
    assert all(len(name) == 32 and "203" not in name[:3] for name in names)
    assert accept(**private).feedback == told[0]
    assert accept().feedback.address_pseudonym == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1"),
        ("203.0.113.9", "::ffff:203.0.113.9"),
        ("::ffff:cb00:7109", "203.0.113.9"),
    ],
)
def test_every_spelling_of_an_address_has_one_pseudonym(one, other):
    assert accept(ip_address=one).feedback.address_pseudonym == accept(ip_address=other).feedback.address_pseudonym


@pytest.mark.parametrize("address", ["1.2.3", "1.2.3.256", "01.2.3.4", "::1%lo", "localhost", " 1.2.3.4", "9" * 5_000])
def test_what_is_no_address_is_refused(address):
    assert broken(ip_address=address) == ["ip_address"]


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_the_texts_they_are_kept_or_named(session_id, agent_id, user_agent, ip_address):
    fields = {"session_id": session_id, "agent_id": agent_id, "user_agent": user_agent, "ip_address": ip_address}
    try:
        told = accept(**fields).feedback
    except InvalidInput as problem:
        wrong = {violation.field for violation in problem.violations}
    else:
        wrong = set()
        assert told.session_id == session_id
        assert "\x00" not in told.session_id + told.agent_id
    assert wrong <= fields.keys()
