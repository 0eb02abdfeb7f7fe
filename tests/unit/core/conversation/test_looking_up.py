from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.behavior.live import LeadBehavior
from core.caller import LOCAL_CALLER, Caller
from core.conversation.looking_up import LEAD_UNKNOWN, LeadLooker
from core.errors import DependencyDown, NotFound
from core.scoring.result import ScoreWarning
from core.scoring.stored_leads import KnownLead
from tests.parts.spoken import at

SELLER = Caller(tenant="t", actor="s", owner_id="s")
STALE = ScoreWarning(code="STALE_LEAD", message="old")
DAY_US = 86_400_000_000


class Scorer:
    def __init__(self, found):
        self.found = found

    def known(self, _caller, lead):
        if isinstance(self.found, Exception):
            raise self.found
        return KnownLead(lead=lead, warnings=self.found, is_stored=True)

    def score_known(self, _caller, _known, *, limit):
        assert limit == 0
        return SimpleNamespace(score=61.0)


class Behavior:
    def __init__(self, count=0, failure=None):
        self.count, self.failure = count, failure

    def get(self, _tenant, _lead_id, moment_us):
        if self.failure:
            raise self.failure
        last = moment_us - 2 * DAY_US if self.count else None
        return LeadBehavior(
            values={}, event_count=self.count, last_event_us=last, up_to_sequence=0, moment_us=moment_us
        )

    def try_get(self, *args):
        return None if self.failure else self.get(*args)


def picture(found=(), behavior=None, caller=LOCAL_CALLER):
    return LeadLooker(Scorer(found), behavior or Behavior()).picture(caller, "l1", at())


def test_a_stored_lead_has_a_score_and_what_it_did():
    known = picture((STALE,), Behavior(4))
    assert (known.score, known.event_count, known.days_since_event, known.warnings) == (61.0, 4, 2.0, (STALE,))
    assert picture().days_since_event is None


def test_a_lead_that_only_has_events_has_no_score():
    known = picture(NotFound("lead", "l1"), Behavior(1))
    assert (known.score, known.event_count) == (None, 1)


def test_who_is_neither_stored_nor_has_events_is_not_found():
    with pytest.raises(NotFound):
        picture(NotFound("lead", "l1"), Behavior(0))


def test_a_seller_has_no_leads_that_are_not_stored():
    with pytest.raises(NotFound):
        picture(NotFound("lead", "l1"), Behavior(9), SELLER)


def test_while_the_store_is_down_the_conversation_alone_is_read():
    assert picture(DependencyDown("store")).warnings == (LEAD_UNKNOWN,)
    with pytest.raises(DependencyDown):
        picture(DependencyDown("store"), caller=SELLER)
    assert picture((), Behavior(failure=DependencyDown("store"))).score == 61.0
