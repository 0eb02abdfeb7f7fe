from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core.adapters.keyword_file import read_keywords
from core.caller import LOCAL_CALLER, Caller
from core.errors import DependencyDown
from core.features.keywords import KeywordFamilies
from core.lead import Lead, LeadOutcome, LeadWrite
from core.scoring.baseline import BaselineScorer
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.result import ScoreSource
from core.scoring.rules import RuleScorer

TENANT = LOCAL_CALLER.tenant
OTHER = Caller(tenant="other", actor="test")


@pytest.fixture
def fallbacks(lead_store):
    return OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()))


@pytest.fixture
def write(lead_store, clock):
    def record(lead_id, converted=None, caller=LOCAL_CALLER, **fields):
        outcome = None if converted is None else LeadOutcome(converted=converted)
        clock.advance(1)
        lead_store.upsert(caller, f"r{clock.now}", [LeadWrite(lead=Lead(lead_id=lead_id, **fields), outcome=outcome)])

    return record


def test_rules_until_the_first_outcome_then_tables(fallbacks, write):
    assert fallbacks.current(TENANT).source is ScoreSource.RULES
    write("a", title="no outcome yet")
    assert isinstance(fallbacks.refresh(TENANT), RuleScorer)
    write("a", converted=True)
    scorer = fallbacks.refresh(TENANT)
    assert isinstance(scorer, BaselineScorer)
    assert scorer.outcome_count == 1
    assert fallbacks.current(TENANT) is scorer


def test_the_tables_follow_the_outcomes_and_only_them(fallbacks, write):
    write("a", converted=True)
    first = fallbacks.refresh(TENANT)
    assert fallbacks.refresh(TENANT) is first
    write("b", converted=False)
    assert fallbacks.current(TENANT) is first  # as of the last refresh
    second = fallbacks.refresh(TENANT)
    assert second.outcome_count == 2
    write("b", converted=True)  # a changed outcome
    third = fallbacks.refresh(TENANT)
    assert third.outcome_count == 2
    assert third._total == [0, 2]


def test_while_the_store_is_down_the_rules_stand_in_and_are_not_kept(fallbacks, write, lead_store, monkeypatch):
    write("a", converted=True)
    asked = []

    def down(_tenant):
        asked.append(1)
        raise DependencyDown("store")

    with monkeypatch.context() as outage:
        outage.setattr(lead_store, "outcome_revision", down)
        for _ in range(5):
            assert fallbacks.current(TENANT).source is ScoreSource.RULES
        assert len(asked) == 1
    fallbacks.refresh_if_due(TENANT)
    assert fallbacks.current(TENANT).source is ScoreSource.BASELINE


def test_a_write_does_not_fail_because_its_outcome_cannot_be_counted_now(fallbacks, write, lead_store, monkeypatch):
    write("a", converted=True)
    fallbacks.refresh(TENANT)

    def down(_tenant):
        raise DependencyDown("store")

    monkeypatch.setattr(lead_store, "outcome_revision", down)
    fallbacks.refresh_if_cheap(TENANT)
    assert fallbacks.current(TENANT).source is ScoreSource.BASELINE


def test_tenants_do_not_see_each_others_outcomes(fallbacks, write):
    write("a", converted=True, caller=OTHER)
    assert fallbacks.current(TENANT).source is ScoreSource.RULES
    assert fallbacks.current(OTHER.tenant).source is ScoreSource.BASELINE


def test_many_callers_at_once_get_one_scorer(fallbacks, write, clock):
    write("a", converted=True)
    found = []
    threads = [threading.Thread(target=lambda: found.append(fallbacks.current(TENANT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timedelta(seconds=10).total_seconds())
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_only_the_newest_outcomes_count(fallbacks, write, monkeypatch):
    from core.scoring import fallbacks as module

    monkeypatch.setattr(module, "MAX_OUTCOMES", 3)
    for number in range(5):
        write(f"l{number}", converted=number >= 2)
    assert fallbacks.refresh(TENANT)._total == [0, 3]


class Stopwatch:
    """Goes on by a step with every look at it."""

    def __init__(self):
        self.now, self.step = 0.0, 0.0

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.mark.parametrize(("cost", "few", "at_once"), [(0.01, 0, True), (0.5, 0, False), (0.5, 1, True)])
def test_few_outcomes_are_counted_at_once_and_many_later(  # noqa: PLR0917  fixtures
    cost, few, at_once, lead_store, write, monkeypatch
):
    from core.scoring import fallbacks as module

    monkeypatch.setattr(module, "FEW_OUTCOMES", few)
    timer = Stopwatch()
    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()), timer)
    fallbacks.refresh_if_cheap(TENANT)  # never asked for: nothing to bring up to date
    write("a", converted=True)
    timer.step = cost
    fallbacks.refresh(TENANT)
    timer.step = 0.0
    write("b", converted=True)
    fallbacks.refresh_if_cheap(TENANT)
    assert fallbacks.current(TENANT).outcome_count == (2 if at_once else 1)
    timer.now += 9 * cost
    fallbacks.refresh_if_due(TENANT)
    assert fallbacks.current(TENANT).outcome_count == (2 if at_once else 1)
    timer.now += 2 * cost
    fallbacks.refresh_if_due(TENANT)
    assert fallbacks.current(TENANT).outcome_count == 2


def test_a_tenant_never_asked_for_is_due(lead_store, write):
    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies({}))
    write("a", converted=True)
    fallbacks.refresh_if_due(TENANT)
    assert fallbacks.current(TENANT).outcome_count == 1
