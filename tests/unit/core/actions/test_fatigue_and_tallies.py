"""How tired leads are of actions, and how probable conversions are by counting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.actions.fatigue import LEAST, fatigue
from core.actions.history import Contact
from core.actions.outcome import ActionOutcome
from core.actions.tallies import Tally, TallyEffects

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


def contact(outcome, age=timedelta()):
    return Contact(action_id="call", group="", channel="", agent_id="", outcome=ActionOutcome(outcome), time=NOW - age)


@pytest.mark.parametrize(
    ("contacts", "left"),
    [
        ([], 1.0),
        ([contact("not_now")], LEAST),
        ([contact("not_now", WEEK)], 0.5),
        ([contact("not_now", WEEK), contact("not_now", 2 * WEEK)], 0.375),
        ([contact("accepted")], 0.8),
        ([contact("converted", WEEK)], 1 / 1.125),
        ([contact("rejected")], 1.0),
        ([contact("not_now", -WEEK)], LEAST),
        ([contact("not_now", timedelta(days=900_000 // 365))], 1.0),
    ],
)
def test_what_a_lead_had_wears_off(contacts, left):
    assert fatigue(contacts, NOW, WEEK) == pytest.approx(left)


def test_few_outcomes_are_pulled_to_the_group():
    effects = TallyEffects(
        [
            Tally(action_id="known", group="g", trials=1_000, converted=300),
            Tally(action_id="new", group="g", trials=1, converted=0),
            Tally(action_id="other", group="h", trials=1_000, converted=10),
            Tally(action_id="never", group="g"),
        ]
    ).effects({}, ["known", "new", "other", "never", "unknown"])
    assert set(effects) == {"known", "new", "other"}
    assert effects["known"].propensity == pytest.approx(0.3, abs=0.01)
    assert 0.2 < effects["new"].propensity < 0.3
    assert effects["other"].propensity < 0.02
    assert {effect.uplift for effect in effects.values()} == {None}
    low, high = effects["new"].interval
    assert low < effects["new"].propensity < high


def test_nothing_counted_says_nothing():
    assert TallyEffects([]).effects({}, ["call"]) == {}
