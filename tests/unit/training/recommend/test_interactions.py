"""Tables of interactions and their division by time."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInput
from tests.parts.recommenders import catalogue, events_of, histories, viewed
from training.recommend.interactions import InteractionTable, split_newest, table_of, table_of_events


def same(one: InteractionTable, other: InteractionTable) -> bool:
    return one.fingerprint() == other.fingerprint()


def test_events_in_any_order_give_the_table_of_their_histories():
    past = histories(10)
    events = events_of(past)

    assert same(table_of_events(reversed(events)), table_of(past))


def test_a_history_comes_back_oldest_first():
    past = histories(5)
    table = table_of(past)

    for lead, lead_id in enumerate(table.lead_ids):
        assert [(one.item_id, one.occurred_us) for one in table.history(lead)] == [
            (one.item_id, one.occurred_us) for one in past[lead_id]
        ]


def test_the_newest_share_of_every_lead_is_held_out():
    table = table_of({"a": viewed("1", "2", "3", "4", "5"), "b": viewed("1", "2"), "c": viewed("3")})

    older, held = split_newest(table, 0.2)

    assert [one.item_id for one in held.history(0)] == ["5"]
    assert [one.item_id for one in held.history(1)] == ["2"]
    assert len(held.history(2)) == 0
    assert len(older) + len(held) == len(table)
    for lead in range(2):
        assert older.history(lead)[-1].occurred_us < held.history(lead)[0].occurred_us


def test_items_that_left_the_catalogue_are_left_out():
    table = table_of({"a": viewed("loft-01", "gone", "villa-02")})

    known = table.of_catalogue([item.item_id for item in catalogue()])

    assert [one.item_id for one in known.history(0)] == ["loft-01", "villa-02"]
    assert known.item_ids[known.items[0]] == "loft-01"


def test_an_empty_table_is_one():
    table = table_of({})

    assert len(table) == 0
    assert len(table.of_catalogue(["a"])) == 0


def test_columns_that_do_not_fit_are_refused():
    none = np.zeros(0, dtype=np.intp)
    columns = {"leads": np.array([1, 0]), "items": np.array([0, 0]), "weights": np.ones(2), "occurred_us": np.ones(2)}

    with pytest.raises(InvalidInput):
        InteractionTable(lead_ids=("a", "b"), item_ids=("i",), **columns)
    with pytest.raises(InvalidInput):
        InteractionTable(lead_ids=("a", "b"), item_ids=("i",), **{**columns, "items": none})
