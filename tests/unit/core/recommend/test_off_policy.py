"""Off-policy estimates against worlds whose values are known."""

from __future__ import annotations

from random import Random

import pytest

from core.errors import InvalidInput
from core.recommend.off_policy import LoggedSlot, Proof, off_policy_value

RATES = {"a": 0.05, "b": 0.2, "c": 0.4}


def log(new: dict[str, float], count: int, *, leads: int, seed: int = 5, model: bool = False) -> list[LoggedSlot]:
    """A ranker that shows everything alike, of which another one is to be judged."""
    random = Random(seed)
    mean = sum(new[item] * RATES[item] for item in new)
    return [
        LoggedSlot(
            lead_id=f"lead-{random.randrange(leads)}",
            position=1 + n % 3,
            item_id=item,
            propensity=1 / 3,
            new_propensity=new[item],
            reward=float(random.random() < RATES[item]),
            predicted=RATES[item] if model else 0.0,
            new_predicted=mean if model else 0.0,
        )
        for n in range(count)
        for item in [random.choice("abc")]
    ]


TOWARDS_BEST = {"a": 0.1, "b": 0.1, "c": 0.8}
TRUE_VALUE = 0.1 * 0.05 + 0.1 * 0.2 + 0.8 * 0.4


@pytest.mark.parametrize("leads", [50, 1_000])
def test_every_estimate_holds_the_true_value(leads):
    report = off_policy_value(log(TOWARDS_BEST, 6_000, leads=leads, model=True))

    for estimate in (report.ips, report.snips, report.doubly_robust):
        assert estimate.lower < TRUE_VALUE < estimate.upper
    assert report.logged.lower < sum(RATES.values()) / 3 < report.logged.upper
    assert report.proof is Proof.BETTER
    assert (report.best_item, report.clipped_count) == ("c", 0)


def test_a_good_model_of_the_reward_narrows_the_interval():
    report = off_policy_value(log(TOWARDS_BEST, 6_000, leads=1_000, model=True))

    assert report.doubly_robust.upper - report.doubly_robust.lower < report.ips.upper - report.ips.lower


def test_intervals_hold_the_true_value_about_as_often_as_they_say():
    held = 0
    for seed in range(60):
        estimate = off_policy_value(log(TOWARDS_BEST, 600, leads=300, seed=seed)).snips
        held += estimate.lower < TRUE_VALUE < estimate.upper

    assert held >= 52


def test_a_worse_ranker_is_found_out():
    report = off_policy_value(log({"a": 0.9, "b": 0.05, "c": 0.05}, 6_000, leads=1_000))

    assert report.proof is Proof.WORSE


def test_the_same_ranker_is_not_proven_to_be_better():
    report = off_policy_value(log(dict.fromkeys("abc", 1 / 3), 3_000, leads=500))

    assert report.proof is Proof.NOT_PROVEN
    assert report.gain.value == pytest.approx(0.0)
    assert report.effective_count == pytest.approx(3_000)


def test_a_ranker_that_shows_what_was_never_shown_is_not_proven():
    records = [
        LoggedSlot(lead_id=f"l{n}", position=1, item_id="a", propensity=1.0, new_propensity=0.0, reward=float(n % 2))
        for n in range(300)
    ]

    report = off_policy_value(records)

    assert report.proof is Proof.NOT_PROVEN
    assert (report.effective_count, report.snips.value) == (0.0, 0.0)


def test_few_records_prove_nothing_however_good():
    report = off_policy_value(log(TOWARDS_BEST, 60, leads=60))

    assert report.proof is Proof.NOT_PROVEN
    assert "too few" in report.reason


@pytest.mark.parametrize("leads", [1, 3])
def test_few_leads_prove_nothing_however_many_records(leads):
    report = off_policy_value(log(TOWARDS_BEST, 6_000, leads=leads))

    # All that is known is what these few like: their interval says nothing of others.
    assert report.gain.lower > 0.0
    assert report.proof is Proof.NOT_PROVEN
    assert "leads are too few" in report.reason


def test_large_weights_are_clipped_and_counted():
    records = [
        LoggedSlot(lead_id="l1", position=1, item_id="a", propensity=0.01, new_propensity=1.0, reward=1.0),
        LoggedSlot(lead_id="l2", position=1, item_id="b", propensity=0.99, new_propensity=0.0, reward=0.0),
    ]

    report = off_policy_value(records)

    assert report.clipped_count == 1
    assert report.ips.value == pytest.approx(20.0 / 2)


def test_the_same_records_give_the_same_report():
    records = log(TOWARDS_BEST, 200, leads=20)

    assert off_policy_value(records) == off_policy_value(records)


@pytest.mark.parametrize(
    "broken",
    [{"propensity": 0.0}, {"propensity": 1.1}, {"new_propensity": -0.1}, {"reward": float("nan")}, {"position": 0}],
)
def test_broken_records_are_refused(broken):
    fields = {"lead_id": "l", "position": 1, "item_id": "a", "propensity": 0.5, "new_propensity": 0.5, "reward": 0.0}
    with pytest.raises(InvalidInput) as refused:
        LoggedSlot(**{**fields, **broken})
    assert [violation.field for violation in refused.value.violations] == list(broken)


def test_no_records_are_refused():
    with pytest.raises(InvalidInput):
        off_policy_value([])
