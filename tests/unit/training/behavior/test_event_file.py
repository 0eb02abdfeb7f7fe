from __future__ import annotations

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidInput
from training.behavior import read_events

HEADER = "event_id,lead_id,kind,occurred_time,recorded_time,item_id,duration_seconds,value,quantity,positive,device\n"


@pytest.fixture
def write(tmp_path):
    def make(text, name="events.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_events_come_by_the_time_they_were_recorded(write):
    path = write(
        HEADER
        + "b,l-1,item_viewed,2026-01-02T00:00:00Z,2026-01-05,i,1.5,,,,mobile\n"
        + "a,l-2,item_purchased,2026-01-03T01:00:00+01:00,,i,,20.76,2,,\n"
        + "c,l-2,ITEM_SWIPED,2026-01-03,,,,,,true,\n"
    )
    first, second, third = read_events(path)
    assert [first.event_id, second.event_id, third.event_id] == ["a", "c", "b"]
    assert [event.sequence for event in (first, second, third)] == [1, 2, 3]
    assert first.recorded_us == first.occurred_us == second.occurred_us == 1_767_398_400_000_000
    assert (first.value_e4, first.quantity, first.device) == (207_600, 2, "")
    assert (second.positive, second.duration_ms) == (True, None)
    assert (third.duration_ms, third.device, third.item_id) == (1_500, "mobile", "i")
    assert third.recorded_us - third.occurred_us == 3 * 86_400 * 1_000_000


def test_the_first_of_several_rows_with_one_id_counts(write):
    rows = "x,l,item_viewed,2026-01-02,,i1,,,,,\nx,l,item_viewed,2026-01-02,,i2,,,,,\n"
    assert [event.item_id for event in read_events(write(HEADER + rows))] == ["i1"]


def test_three_columns_are_enough_also_packed_or_as_parquet(write, tmp_path):
    plain = read_events(write("lead_id,kind,occurred_time\nl,item_viewed,2026-01-02\nl,item_viewed,2026-01-02\n"))
    assert len(plain) == 2
    packed = tmp_path / "events.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "events.csv").read_bytes()))
    assert read_events(packed) == plain
    rows = {"lead_id": ["l"] * 2, "kind": ["item_viewed"] * 2, "occurred_time": ["2026-01-02"] * 2}
    pq.write_table(pa.table(rows), tmp_path / "events.parquet")
    assert [e.occurred_us for e in read_events(tmp_path / "events.parquet")] == [e.occurred_us for e in plain]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("x,,item_viewed,2026-01-02,,,,,,,", "lead_id"),
        ("x,a b,item_viewed,2026-01-02,,,,,,,", "lead_id"),
        ("x,l,looked,2026-01-02,,,,,,,", "kind"),
        ("x,l,,2026-01-02,,,,,,,", "kind"),
        ("x,l,item_viewed,,,,,,,,", "occurred_time"),
        ("x,l,item_viewed,soon,,,,,,,", "occurred_time"),
        ("x,l,item_viewed,2026-01-02,2026-01-01,,,,,,", "recorded_time"),
        ("x,l,item_viewed,2026-01-02,,,long,,,,", "duration_seconds"),
        ("x,l,item_viewed,2026-01-02,,,,nan,,,", "value"),
        ("x,l,item_viewed,2026-01-02,,,,-1e300,,,", "value"),
        ("x,l,item_viewed,2026-01-02,,,-1,,,,", "duration_seconds"),
        ("x,l,item_viewed,2026-01-02,,,1e308,,,,", "duration_seconds"),
        ("x,l,item_viewed,2026-01-02,,,,,1e20,,", "quantity"),
        ("x,l,item_viewed,2026-01-02,,,,,,maybe,", "positive"),
        ("x,l,item_viewed,2026-01-02,,,,,,,phone", "device"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(write, row, column):
    with pytest.raises(InvalidInput) as refused:
        read_events(write(f"{HEADER}ok,l,item_viewed,2026-01-02,,,,,,,\n{row}\n"))
    assert [violation.field for violation in refused.value.violations] == [f"events.csv, line 3, column '{column}'"]


def test_columns_that_are_needed_must_be_there(write):
    with pytest.raises(InvalidInput) as refused:
        read_events(write("lead_id,when\nl,2026-01-01\n"))
    assert [violation.field for violation in refused.value.violations] == [
        "events.csv, column 'kind'",
        "events.csv, column 'occurred_time'",
    ]
