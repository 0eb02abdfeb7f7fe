"""A ranker judged by what another one showed, in worlds where what it is worth is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest

from core.behavior.recording import microseconds_of
from core.event import Event
from core.identifiers import LeadId, TenantId
from core.recommend.choosing import Candidates, Choosing
from core.recommend.filtering import ItemFilter
from core.recommend.logged import LoggedJudge, Rewards, slots_of_lead
from core.recommend.off_policy import Proof
from core.recommend.recommendation_log import LoggedCandidate, LoggedItem, RecommendationRow, place_token
from core.recommend.rules import AppliedRule, Rule

ACME = TenantId("acme")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SHOWN = NOW - timedelta(days=10)
ITEMS = [f"item-{n:02d}" for n in range(30)]
LIKED = {item_id: 0.02 + 0.03 * n / 29 for n, item_id in enumerate(ITEMS)} | {ITEMS[12]: 0.6, ITEMS[17]: 0.5}
"""How often each is liked when it is shown. The logged ranker likes the first ones, which nobody wants much."""
PLACES = 3


def best_first(_history, _moment_us, item_ids):
    """The ranker that is to be judged: it knows the world."""
    return [LIKED[item_id] for item_id in item_ids]


def made(lead_id, number, item_id, token_id="", *, kind="item_liked", after=timedelta(hours=1), **fields):
    occurred_us = microseconds_of(SHOWN + after)
    given = {"occurred_us": occurred_us, "recorded_us": occurred_us, "item_id": item_id, "token_id": token_id}
    return Event(sequence=number, event_id=f"e{number}", lead_id=lead_id, kind=kind, **given, **fields)


class World:
    """Leads that are shown things, as the server does, and like some of them."""

    def __init__(self, *, exploration: float, answers: int = 3_000, leads: int = 400) -> None:
        random = Random(11)
        self.rows: list[RecommendationRow] = []
        self.told: list[Event] = []
        choosing = Choosing(diversity=0.0, exploration=exploration, chance=random)
        order = np.linspace(1.0, 0.1, len(ITEMS))
        candidates = Candidates(positions=np.arange(len(ITEMS)), order=order, alike=None)
        for number in range(answers):
            choices = choosing.choose(candidates, (), PLACES).choices
            lead_id, token_id = LeadId(f"lead-{random.randrange(leads)}"), f"t{number}"
            items = [LoggedItem(ITEMS[one.index], float(order[one.index]), one.propensity) for one in choices]
            taken = {one.item_id for one in items}
            others = [LoggedCandidate(item, float(order[at])) for at, item in enumerate(ITEMS) if item not in taken]
            self.rows.append(row(lead_id, token_id, items, others, exploration))
            for place, one in enumerate(items, 1):
                if random.random() < LIKED[one.item_id]:
                    self.told.append(made(lead_id, len(self.told) + 1, one.item_id, place_token(token_id, place)))

    def newest(self, _tenant, **_wanted):
        return self.rows

    def of_leads(self, _tenant, lead_ids, *, until_us):
        wanted = set(lead_ids)
        return (event for event in self.told if event.lead_id in wanted and event.recorded_us < until_us)

    def judge(self) -> LoggedJudge:
        return LoggedJudge(shown=self, events=self, clock=lambda: NOW)


def row(lead_id, token_id, items, others, exploration, *, up_to_sequence=0):
    return RecommendationRow(
        tenant=ACME,
        token_id=token_id,
        lead_id=lead_id,
        version="old",
        source="model",
        recommend_time=SHOWN,
        up_to_sequence=up_to_sequence,
        experiment="",
        variant="",
        exploration=exploration,
        items=items,
        candidates=others,
    )


def true_value(world, exploration: float) -> float:
    """What the ranker is worth: where chance had a part, its best of the 20 that were best, but for some chance."""
    worth = []
    for answer in world.rows:
        left = list(ITEMS)
        for number, shown in enumerate(answer.items):
            pool = [LIKED[item_id] for item_id in left[:20]]
            if number:
                worth.append((1.0 - exploration) * max(pool) + exploration * sum(pool) / len(pool))
            left.remove(shown.item_id)
    return sum(worth) / len(worth)


@pytest.fixture(scope="module")
def explored():
    return World(exploration=0.2)


def test_the_interval_holds_what_the_new_ranker_is_worth(explored):
    judge = explored.judge()

    report = judge.value(ACME, judge.rows(ACME), best_first)

    assert report.record_count == (PLACES - 1) * len(explored.rows)
    for estimate in (report.ips, report.snips):
        assert estimate.lower < true_value(explored, 0.2) < estimate.upper
    assert report.logged.upper < 0.1 < report.gain.lower
    assert report.clipped_count == 0
    assert report.proof is Proof.BETTER


def test_the_ranker_that_was_logged_is_worth_what_it_got(explored):
    judge = explored.judge()

    report = judge.value(ACME, judge.rows(ACME), lambda _history, _moment, ids: [-ITEMS.index(one) for one in ids])

    assert report.gain.value == pytest.approx(0.0, abs=1e-9)
    assert report.proof is Proof.NOT_PROVEN


@pytest.mark.parametrize("chosen", [1, 2])
def test_where_a_rule_left_few_to_choose_from_the_same_ranker_is_as_likely_to_choose_alike(chosen):
    narrowed = np.zeros(len(ITEMS), dtype=np.bool_)
    narrowed[[1, 2]] = True
    rule = Rule(name="two", items=ItemFilter(item_types=["x"]), least=2)
    candidates = Candidates(positions=np.arange(len(ITEMS)), order=np.linspace(1.0, 0.1, len(ITEMS)), alike=None)
    for seed in range(200):
        choosing = Choosing(diversity=0.0, exploration=0.2, chance=Random(seed))
        placed = choosing.choose(candidates, [AppliedRule(rule=rule, flags=narrowed)], 3).choices
        if placed[1].index == chosen:
            break
    assert placed[1].propensity == pytest.approx({1: 0.9, 2: 0.1}[chosen])
    items = [LoggedItem(ITEMS[one.index], float(candidates.order[one.index]), one.propensity) for one in placed]
    shown = {one.item_id for one in items}
    others = [LoggedCandidate(item, 1.0 - at / 40) for at, item in enumerate(ITEMS) if item not in shown]

    slots = list(
        slots_of_lead(
            [row(LeadId("a"), "t", items, others, 0.2)], [], lambda _h, _us, ids: [-ITEMS.index(one) for one in ids]
        )
    )

    assert slots[0].new_propensity == pytest.approx(slots[0].propensity)


def test_without_chance_nothing_is_proven():
    world = World(exploration=0.0, answers=300)
    judge = world.judge()

    assert judge.rows(ACME) == []
    assert judge.value(ACME, world.rows, best_first) is None


def test_a_ranker_is_asked_with_what_was_known_when_it_was_shown():
    asked = []

    def scores(history, moment_us, item_ids):
        asked.append(([one.item_id for one in history], moment_us))
        return [0.0] * len(item_ids)

    events = [made("a", number, ITEMS[number], after=timedelta(hours=number - 50)) for number in (1, 2, 3)]
    items = [LoggedItem(ITEMS[7], 1.0, 1.0), LoggedItem(ITEMS[8], 0.5, 0.1)]
    rows = [row("a", f"t{up_to}", items, [], 0.2, up_to_sequence=up_to) for up_to in (2, 0)]

    assert len(list(slots_of_lead(rows, events, scores))) == 2
    assert asked == [([], microseconds_of(SHOWN)), ([ITEMS[1], ITEMS[2]], microseconds_of(SHOWN))]


def test_leads_that_did_nothing_were_shown_things_all_the_same():
    world = World(exploration=0.2, answers=500)
    world.told.clear()
    report = world.judge().value(ACME, world.rows, best_first)

    assert (report.record_count, report.logged.value) == (1_000, 0.0)


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (made("a", 1, "x"), True),
        (made("a", 1, "x", kind="item_saved"), True),
        (made("a", 1, "x", kind="item_purchased"), True),
        (made("a", 1, "x", kind="item_swiped", positive=True), True),
        (made("a", 1, "x", kind="item_swiped", positive=False), False),
        (made("a", 1, "x", kind="item_viewed"), False),
        (made("a", 1, "x", kind="item_disliked"), False),
        (made("a", 1, "y"), False),
        (made("a", 1, "x", "t.2"), True),
        (made("a", 1, "x", "t.2", after=timedelta(days=9)), True),
        (made("a", 1, "x", "t.1"), False),
        (made("a", 1, "y", "t.2"), False),
        (made("a", 1, "x", after=timedelta(days=7)), True),
        (made("a", 1, "x", after=timedelta(days=7, microseconds=1)), False),
        (made("a", 1, "x", after=timedelta(0)), False),
    ],
)
def test_what_is_a_reward(event, counts):
    assert Rewards([event]).has("x", "t.2", microseconds_of(SHOWN)) is counts
