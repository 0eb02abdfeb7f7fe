from __future__ import annotations

import pytest

from core.errors import InvalidInput
from core.event import Event
from core.features.streams.columns import EventColumns


def _event(sequence):
    return Event(
        sequence=sequence, event_id=f"e{sequence}", lead_id="a", kind="item_viewed", occurred_us=1, recorded_us=2
    )


def test_events_become_columns():
    columns = EventColumns.of(_event(number) for number in (3, 1, 2))
    assert len(columns) == 3
    assert list(columns["sequence"]) == [3, 1, 2]
    assert list(columns["quantity"]) == [None, None, None]


def test_no_events_have_all_columns():
    columns = EventColumns.of([])
    assert (len(columns), set(columns.columns)) == (0, set(Event._fields))


def test_some_events_are_taken_in_the_order_asked_for():
    columns = EventColumns.of(map(_event, range(1, 5))).take([2, 0])
    assert list(columns["event_id"]) == ["e3", "e1"]


@pytest.mark.parametrize(
    "columns",
    [{}, dict.fromkeys([*Event._fields, "more"], ()), {**dict.fromkeys(Event._fields, ()), "kind": ("item_viewed",)}],
)
def test_other_tables_are_refused(columns):
    with pytest.raises(InvalidInput, match="columns"):
        EventColumns(columns=columns)
