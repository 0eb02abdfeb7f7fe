from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.assigning import Assigner
from core.experiments.assignment import AssignmentReason
from core.experiments.experiment import StoredExperiment
from core.experiments.units import unit_key
from tests.parts.assigners import EVEN, START, assigner_of, experiment_of, moves, name_of, names_of

UNITS = [f"user-{number}" for number in range(60_000)]
THIRDS = {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}
BOUND_999 = 3.2905
"""Of a standard normal, 99.9 % two-sided."""


def within_bounds(count: int, total: int, share: float) -> bool:
    return abs(count - total * share) <= BOUND_999 * math.sqrt(total * share * (1 - share))


@pytest.mark.parametrize(
    "shares",
    [EVEN, THIRDS, {"a": 0.9, "b": 0.1}, {"a": 0.99, "b": 0.01}, {f"arm-{k}": 0.1 for k in range(10)}],
)
def test_the_split_is_what_was_set(shares):
    counts = Counter(names_of(assigner_of(shares), UNITS))
    for name, share in shares.items():
        assert within_bounds(counts[name], len(UNITS), share), (name, counts[name])


def test_a_variant_of_nothing_gets_no_units():
    shares = {"a": 0.5, "off": 0.0, "b": 0.5}
    assert set(names_of(assigner_of(shares), UNITS[:20_000])) == {"a", "b"}


def test_the_chance_of_the_variant_is_told():
    assigner = assigner_of({"a": 0.7, "b": 0.3})
    for unit in UNITS[:200]:
        answer = assigner.assign(unit)
        assert answer.reason is AssignmentReason.HASH
        assert answer.propensity == {"a": 0.7, "b": 0.3}[answer.variant.name]


def test_what_decides_is_told_and_the_shares_of_that_moment_hold():
    made = StoredExperiment(
        experiment=experiment_of(), segment_start=0, segment_end=10_000, create_time=START, created_by="tests"
    )
    answer = Assigner(made, {"control": 0.0, "treatment": 1.0}, allocation=7).assign("user-1")
    assert (answer.variant.name, answer.propensity, answer.allocation) == ("treatment", 1.0, 7)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (EVEN, {"control": 0.3, "treatment": 0.7}, 0.2),
        ({"control": 0.9, "treatment": 0.1}, EVEN, 0.4),
        (THIRDS, {"a": 0.5, "b": 0.25, "c": 0.25}, 1 / 6),
        (dict.fromkeys("abcd", 0.25), {"a": 0.4, "b": 0.2, "c": 0.2, "d": 0.2}, 0.15),
    ],
)
def test_a_changed_split_moves_the_fewest_units_and_only_to_what_grew(before, after, expected):
    moved = moves(names_of(assigner_of(before), UNITS), names_of(assigner_of(after), UNITS))
    assert within_bounds(sum(moved.values()), len(UNITS), expected)
    for source, target in moved:
        assert after[source] < before[source]
        assert after[target] > before[target]


def test_thirds_to_a_half_and_quarters_moves_at_most_17_in_100():
    after = {"a": 0.5, "b": 0.25, "c": 0.25}
    moved = moves(names_of(assigner_of(THIRDS), UNITS), names_of(assigner_of(after), UNITS))
    assert sum(moved.values()) <= 0.17 * len(UNITS)


def test_a_new_variant_takes_units_and_no_others_move():
    before = {"a": 0.5, "b": 0.5}
    after = {"a": 0.4, "b": 0.4, "new": 0.2}
    moved = moves(names_of(assigner_of(before), UNITS), names_of(assigner_of(after), UNITS))
    assert {target for _, target in moved} == {"new"}
    assert within_bounds(sum(moved.values()), len(UNITS), 0.2)


@settings(max_examples=30, derandomize=True)
@given(
    st.lists(st.floats(0.05, 1.0), min_size=2, max_size=6),
    st.lists(st.floats(0.05, 1.0), min_size=6, max_size=6),
)
def test_units_only_go_from_what_shrank_to_what_grew_whatever_the_shares(old, new):
    new = new[: len(old)]
    before = {f"v{k}": share / sum(old) for k, share in enumerate(old)}
    after = {f"v{k}": share / sum(new) for k, share in enumerate(new)}
    growth = {name: after[name] / before[name] for name in before}
    for source, target in moves(names_of(assigner_of(before), UNITS[:300]), names_of(assigner_of(after), UNITS[:300])):
        assert growth[source] < growth[target]


def test_the_order_of_the_variants_means_nothing():
    shares = {"a": 0.2, "b": 0.3, "c": 0.5}
    turned = dict(reversed(shares.items()))
    assert names_of(assigner_of(shares), UNITS[:5_000]) == names_of(assigner_of(turned), UNITS[:5_000])


def test_two_experiments_split_the_units_each_in_its_own_way():
    counts = Counter(zip(names_of(assigner_of(), UNITS), names_of(assigner_of(name="another"), UNITS), strict=True))
    assert all(within_bounds(counts[first, second], len(UNITS), 0.25) for first in EVEN for second in EVEN)


def test_the_salt_of_an_earlier_experiment_keeps_units_where_they_were():
    named, salted = assigner_of(name="first"), assigner_of(name="second", salt="first")
    assert names_of(named, UNITS[:2_000]) == names_of(salted, UNITS[:2_000])


def test_a_salt_of_its_own_changes_who_gets_what():
    moved = moves(names_of(assigner_of(), UNITS), names_of(assigner_of(salt="other"), UNITS))
    assert within_bounds(sum(moved.values()), len(UNITS), 0.5)


@pytest.mark.parametrize("layer", ["", "pricing"])
def test_little_traffic_does_not_skew_the_variants(layer):
    answers = names_of(assigner_of(THIRDS, segments=(0, 1_000), layer=layer), UNITS)
    inside = [name for name in answers if name]
    assert within_bounds(len(inside), len(UNITS), 0.1)
    for name in THIRDS:
        assert within_bounds(inside.count(name), len(inside), 1 / 3)


def test_who_takes_part_keeps_its_variant_when_traffic_grows():
    little = names_of(assigner_of(segments=(0, 1_000)), UNITS[:5_000])
    much = names_of(assigner_of(segments=(0, 6_000)), UNITS[:5_000])
    assert all(before in {"", after} for before, after in zip(little, much, strict=True))


def test_experiments_of_one_layer_share_no_unit_and_leave_none_out():
    first = assigner_of(name="first", layer="search", segments=(0, 3_000))
    second = assigner_of(name="second", layer="search", segments=(3_000, 10_000))
    for unit in UNITS[:5_000]:
        assert bool(name_of(first, unit)) != bool(name_of(second, unit))


def test_layers_are_cut_independently_of_each_other_and_of_experiments_named_like_them():
    in_layer = assigner_of(name="first", layer="search", segments=(0, 5_000))
    alone = assigner_of(name="search", segments=(0, 5_000))
    elsewhere = assigner_of(name="second", layer="prices", segments=(0, 5_000))
    inside = [(bool(name_of(in_layer, u)), bool(name_of(alone, u)), bool(name_of(elsewhere, u))) for u in UNITS]
    counts = Counter(inside)
    assert len(counts) == 8
    assert all(within_bounds(count, len(UNITS), 0.125) for count in counts.values())


def test_outside_of_the_segments_there_is_no_variant_and_no_chance_of_one():
    answer = assigner_of(segments=(0, 0)).assign("user-1")
    assert (answer.variant, answer.reason, answer.propensity) == (None, AssignmentReason.NOT_IN_TRAFFIC, 0.0)


def held_out(share: float, **fields: object) -> set[str]:
    assigner = assigner_of(holdout_share=share, **fields)
    return {unit for unit in UNITS if assigner.assign(unit).reason is AssignmentReason.HOLDOUT}


def test_a_larger_holdout_holds_the_smaller_one_and_is_the_same_in_every_experiment():
    small, large = held_out(0.05), held_out(0.2)
    assert within_bounds(len(small), len(UNITS), 0.05)
    assert within_bounds(len(large), len(UNITS), 0.2)
    assert small < large
    assert held_out(0.05, name="another", salt="other") == small


def test_a_holdout_moves_nobody_else_and_does_not_skew_the_variants():
    open_to_all = names_of(assigner_of(), UNITS)
    with_holdout = names_of(assigner_of(holdout_share=0.3), UNITS)
    assert set(moves(open_to_all, with_holdout)) == {("control", ""), ("treatment", "")}
    inside = [name for name in with_holdout if name]
    assert within_bounds(inside.count("control"), len(inside), 0.5)


def test_a_tester_gets_its_variant_whatever_else_holds():
    shares = {"a": 1.0, "b": 0.0, "c": 0.0}
    overrides = {"tester": "b", "Mu\u0308ller": "c"}
    strict = assigner_of(
        {**shares, "a": 0.5, "c": 0.5}, overrides=overrides, segments=(0, 0), holdout_share=0.99, name="strict"
    )
    answer = strict.assign("tester")
    assert (answer.variant.name, answer.reason, answer.propensity) == ("b", AssignmentReason.OVERRIDE, 1.0)
    assert name_of(strict, unit_key("M\u00fcller")) == "c"


def test_variants_draw_independently_for_one_unit():
    """Whoever is second is so by the shares of those that are left: not so if the draws hung together."""
    full = names_of(assigner_of(THIRDS), UNITS)
    without_first = names_of(assigner_of({"b": 0.5, "c": 0.5}), UNITS)
    second = [other for name, other in zip(full, without_first, strict=True) if name == "a"]
    assert within_bounds(second.count("b"), len(second), 0.5)
