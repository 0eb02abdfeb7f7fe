from __future__ import annotations

import pytest

from tests.benchmarks.registered import sample_table
from tests.benchmarks.split import newer_positions, part, random_positions, shuffled


def test_the_newer_part_is_at_the_end():
    older, newer = newer_positions(10)
    assert older == [0, 1, 2, 3, 4, 5, 6]
    assert newer == [7, 8, 9]


def test_no_group_is_on_both_sides_and_no_row_is_lost():
    groups = [position % 50 for position in range(1_000)]
    learned, asked = random_positions(groups)
    assert sorted(learned + asked) == list(range(1_000))
    assert not {groups[i] for i in learned} & {groups[i] for i in asked}
    assert len({groups[i] for i in asked}) == 15


def test_the_same_seed_draws_the_same_part_and_another_seed_another():
    assert random_positions(range(100)) == random_positions(range(100))
    assert random_positions(range(100)) != random_positions(range(100), seed=1)


def test_rows_that_are_not_shuffled_keep_their_order():
    learned, asked = random_positions(range(100))
    assert learned == sorted(learned)
    assert asked == sorted(asked)


def test_shuffling_loses_nothing_and_changes_the_order():
    positions = list(range(5, 105))
    assert sorted(shuffled(positions)) == positions
    assert shuffled(positions) != positions


@pytest.fixture(scope="module")
def table():
    return sample_table(200, seed=3)


def test_a_part_of_a_table_keeps_rows_together(table):
    chosen = part(table, [150, 3, 77])
    assert [lead.lead_id for lead in chosen.leads] == [table.leads[i].lead_id for i in (150, 3, 77)]
    assert chosen.outcomes.tolist() == [table.outcomes[i] for i in (150, 3, 77)]
    assert chosen.moments == tuple(table.moments[i] for i in (150, 3, 77))
    assert chosen.outcome_times == tuple(table.outcome_times[i] for i in (150, 3, 77))
    assert chosen.places == tuple(table.places[i] for i in (150, 3, 77))


def test_a_part_has_a_fingerprint_of_its_own(table):
    assert part(table, range(200)).fingerprint == table.fingerprint
    assert part(table, range(199)).fingerprint != table.fingerprint
