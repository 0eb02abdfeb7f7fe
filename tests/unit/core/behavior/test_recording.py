from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest

from core.behavior.recording import (
    CLOCK_TOLERANCE_US,
    NO_NUMBER,
    OLDEST_US,
    EventIntake,
    Moment,
    body_digest,
    fixed_point,
    judge_moment,
)
from core.caller import Caller, Role
from core.errors import InvalidInput
from core.event import EventKind
from core.identifiers import TenantId
from tests.parts.events import event

ACME = Caller(tenant=TenantId("acme"), actor="alice")
ANN = Caller(tenant=TenantId("acme"), actor="ann", roles=frozenset({Role.SELLER}), owner_id="ann")
NOW = 1_772_000_000_000_000


@dataclass(frozen=True)
class Shown:
    token_id: str
    tenant: str = "acme"
    lead_id: str = "a"


def read_token(token: str) -> Shown:
    if token == "mine":  # noqa: S105 - no password
        return Shown("t1")
    return Shown("t2", lead_id="somebody else")


@pytest.fixture
def intake():
    return EventIntake(read_token)


def test_an_event_that_is_right_is_kept_as_sent(intake):
    for kind in EventKind:
        sent = event(kind=kind.value, positive=False, item_id="i", query="two rooms\n")
        assert intake.accept(ACME, sent, "") is sent


def test_every_broken_field_is_named_at_once(intake):
    broken = event("", "", kind="?", quantity=0, price_e4=NO_NUMBER, page_type="?")
    with pytest.raises(InvalidInput) as caught:
        intake.accept(ACME, broken, "")
    named = [violation.field for violation in caught.value.violations]
    assert named == ["event_id", "lead_id", "kind", "page_type", "price", "quantity"]


def test_the_token_of_the_lead_names_the_recommendation(intake):
    assert intake.accept(ACME, event(), "mine").token_id == "t1"  # noqa: S105 - no password
    for caller, sent, token in (
        (ACME, event(), "theirs"),
        (ACME, event(lead_id="b"), "mine"),
        (Caller(tenant=TenantId("other"), actor="x"), event(), "mine"),
    ):
        with pytest.raises(InvalidInput, match="attribution_token"):
            intake.accept(caller, sent, token)


def test_a_seller_names_no_other_agent(intake):
    assert intake.accept(ANN, event(agent_id="ann"), "").agent_id == "ann"
    assert intake.accept(ACME, event(agent_id="ben"), "").agent_id == "ben"
    with pytest.raises(InvalidInput, match="agent_id"):
        intake.accept(ANN, event(agent_id="ben"), "")


@pytest.mark.parametrize(
    ("occurred", "judged"),
    [
        (0, Moment.NOW),
        (NOW, Moment.AS_SENT),
        (NOW - OLDEST_US, Moment.AS_SENT),
        (NOW - OLDEST_US - 1, Moment.TOO_OLD),
        (1, Moment.TOO_OLD),
        (NOW + 1, Moment.ADJUSTED),
        (NOW + CLOCK_TOLERANCE_US, Moment.ADJUSTED),
        (NOW + CLOCK_TOLERANCE_US + 1, Moment.TOO_FAR_AHEAD),
    ],
)
def test_the_clock_judges_moments(occurred, judged):
    assert judge_moment(occurred, NOW) is judged


def test_amounts_are_whole_ten_thousandths():
    assert [fixed_point(amount) for amount in (19.99, -0.0001, 0.1 + 0.2, 1e12)] == [199_900, -1, 3_000, 10**16]
    assert [fixed_point(amount) for amount in (float("nan"), float("inf"), 1e308)] == [NO_NUMBER] * 2 + [
        fixed_point(1e308)
    ]
    assert abs(fixed_point(1e308)) > 10**16


def test_the_digest_tells_what_was_sent_from_anything_else():
    first = event("e", sequence=0, recorded_us=0)
    assert len(body_digest(first)) == 16
    # What the server adds does not count.
    stored = first._replace(sequence=7, recorded_us=NOW, item_type="loft", item_location="x", item_price_e4=1)
    assert body_digest(stored) == body_digest(first)
    changes = {
        "event_id": "f",
        "lead_id": "b",
        "kind": "item_liked",
        "occurred_us": 0,
        "item_id": "i",
        "session_id": "s",
        "agent_id": "g",
        "duration_ms": 0,
        "page_type": "home",
        "device": "mobile",
        "referrer": "email",
        "price_e4": 0,
        "value_e4": 0,
        "quantity": 1,
        "positive": False,
        "query": "q",
        "token_id": "t",
    }
    digests = {body_digest(first._replace(**{name: value})) for name, value in changes.items()}
    assert len(digests | {body_digest(first)}) == len(changes) + 1


def test_the_digest_is_the_same_in_every_version():
    """Kept in databases: it must not change by accident."""
    said = "('e1', 'a', 'item_viewed', 1771574400000001, '', '', '', None, '', '', '', None, None, None, None, '', '')"
    assert body_digest(event()) == hashlib.blake2b(said.encode(), digest_size=16).digest()
