from __future__ import annotations

from itertools import pairwise
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feedback.label_caps import capped, scale_of_sources, scaled
from core.feedback.label_combining import RECORDS, Share
from core.feedback.label_rules import LabelRules

RULES = LabelRules()


def of(source, count, weight=1.0):
    return [(weight, ((source, 1.0),))] * count


def totals(weighted):
    """Return (scaled weight of each source, scaled weight of all)."""
    scales = scale_of_sources(weighted, RULES)
    found = {}
    for weight, shares in weighted:
        for source, share in shares:
            found[source] = found.get(source, 0.0) + weight * share * scales.get(source, 1.0)
    return found, fsum(scaled(weight, shares, scales) for weight, shares in weighted)


def test_who_is_alone_keeps_everything():
    assert scale_of_sources(of("only", 5_000), RULES) == {"only": 1.0}
    assert scale_of_sources([], RULES) == {}


def test_five_thousand_of_one_source_are_no_more_than_a_fifth_beside_500_of_others():
    weighted = of("flood", 5_000) + [row for n in range(10) for row in of(f"agent{n}", 50)]
    of_source, total = totals(weighted)
    assert of_source["flood"] == pytest.approx(0.2 * total)
    assert of_source["flood"] == pytest.approx(125.0)
    assert [of_source[f"agent{n}"] for n in range(10)] == [50.0] * 10


def test_outcomes_written_with_leads_are_nobodys_word_and_are_never_scaled():
    of_source, total = totals(of("flood", 5_000) + of(RECORDS, 500))
    assert of_source == {"flood": pytest.approx(125.0), RECORDS: 500.0}
    assert total == pytest.approx(625.0)


def test_windows_that_closed_count_in_the_whole():
    of_source, total = totals(of("flood", 5_000) + of(RECORDS, 500) + [(1.0, ())] * 500)
    assert of_source["flood"] == pytest.approx(0.2 * total) == pytest.approx(250.0)


def test_two_that_flood_together_are_held_together():
    weighted = of("one", 5_000) + of("two", 5_000) + [row for n in range(10) for row in of(f"agent{n}", 50)]
    of_source, total = totals(weighted)
    assert of_source["one"] == of_source["two"] == pytest.approx(0.2 * total)


def test_a_few_that_say_equally_much_keep_it():
    weighted = of("x", 1_000) + of("y", 1_000) + of("z", 1_000)
    assert set(scale_of_sources(weighted, RULES).values()) == {1.0}


def test_a_colleague_who_says_little_takes_little_from_whoever_says_nearly_all():
    of_source, total = totals(of("agent", 2_000) + of("manager", 3))
    assert of_source["agent"] / total > 0.99


def test_the_cap_tightens_without_a_jump():
    def share(count):
        of_source, total = totals(of("agent", 20_000) + [row for n in range(9) for row in of(f"a{n}", count)])
        return of_source["agent"] / total

    shares = [share(count) for count in range(1, 60)]
    steps = [before - after for before, after in pairwise(shares)]
    assert shares[0] > 0.95
    assert shares[-1] == pytest.approx(0.2)
    assert min(steps) > -1e-9
    assert max(steps) < 0.03


def rows(agent, actor, count):
    return [(1.0, [Share(agent, actor, 1.0)])] * count


def test_the_agents_of_one_key_are_held_together_beside_other_keys():
    flood = [row for n in range(5_000) for row in rows(f"invented{n}", "stolen", 1)]
    others = [row for n in range(10) for row in rows(f"agent{n}", f"key{n}", 50)]
    weights = capped([*flood, *others], RULES)
    assert fsum(weights[:5_000]) == pytest.approx(125.0)
    assert weights[5_000:] == [1.0] * 500


def test_whom_the_cap_of_agents_holds_the_cap_of_keys_does_not_hold_again():
    weighted = rows("flood", "key", 5_000) + [row for n in range(10) for row in rows(f"a{n}", f"key{n}", 50)]
    of_source, _ = totals([(weight, [(share.source, share.part) for share in shares]) for weight, shares in weighted])
    assert fsum(capped(weighted, RULES)[:5_000]) == pytest.approx(of_source["flood"]) == pytest.approx(125.0)


def test_a_label_of_several_keys_loses_what_is_left_of_each():
    both = [(1.0, [Share("a", "flood", 0.5), Share("b", "other", 0.5)])]
    flood = [row for n in range(5_000) for row in rows(f"invented{n}", "flood", 1)]
    weights = capped([*both, *flood, *rows(RECORDS, RECORDS, 500), (1.0, [])], RULES)
    assert 0.5 < weights[0] < 0.6
    assert weights[-1] == 1.0


shares_of = st.lists(st.tuples(st.sampled_from(["", *"abcdefg"]), st.floats(0.01, 1)), max_size=4).map(
    lambda pairs: tuple((source, weight / fsum(dict(pairs).values())) for source, weight in sorted(dict(pairs).items()))
)


@given(st.lists(st.tuples(st.floats(1e-3, 1), shares_of, st.integers(1, 2_000)), max_size=12))
def test_no_source_is_above_its_cap_and_none_is_lost(groups):
    weighted = [(weight * count, shares) for weight, shares, count in groups]
    of_source, total = totals(weighted)
    before = {}
    for weight, shares in weighted:
        for source, share in shares:
            before[source] = before.get(source, 0.0) + weight * share
    everybody = fsum(before.values())
    count = len(before)
    for source, kept in of_source.items():
        assert 0.0 < kept <= before[source] * (1 + 1e-9)
        if source == RECORDS:
            assert kept == pytest.approx(before[source])
        elif everybody - before[source] >= RULES.cap_weight and count >= 5:
            assert kept <= 0.2 * total * (1 + 1e-6)
    reverse = scale_of_sources(weighted[::-1], RULES)
    assert reverse == scale_of_sources(weighted, RULES)
