"""What cannot be kept in bounded memory is refused by name."""

from __future__ import annotations

import pytest

from core.errors import InvalidInput
from core.features.streams.admissible import check_plan
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.live import StreamState
from core.features.streams.window import DAY_US, MINUTE_US, MONTH, YEAR
from tests.parts.stream_plans import plan_of


@pytest.mark.parametrize(
    ("refused", "field"),
    [
        (Aggregate(name="count", function=Function.COUNT), "name"),
        (Aggregate(name="a", function=Function.SUM), "field"),
        (Aggregate(name="a", function=Function.HISTOGRAM), "field"),
        (Aggregate(name="a", function=Function.SUM, field=Unit.ITEM), "field"),
        (Aggregate(name="a", function=Function.DECAYED, field=Unit.ITEM, half_life_us=64), "field"),
        (Aggregate(name="a", function=Function.DECAYED, half_life_us=64, window=MONTH), "window"),
        (Aggregate(name="a", function=Function.DECAYED, half_life_us=65), "half_life_us"),
        (Aggregate(name="a", function=Function.DECAYED), "half_life_us"),
        (Aggregate(name="a", function=Function.STEPS), "window"),
        (Aggregate(name="a", function=Function.SESSIONS, gap_us=DAY_US - 1), "gap_us"),
        (Aggregate(name="a", function=Function.SESSIONS, gap_us=MINUTE_US, window=YEAR), "gap_us"),
        (Aggregate(name="a", function=Function.SESSIONS, window=MONTH), "gap_us"),
    ],
)
def test_an_aggregate_that_cannot_be_kept_is_refused(refused, field):
    with pytest.raises(InvalidInput) as error:
        StreamState(plan_of(refused))

    assert error.value.violations[0].field == f"aggregates[2].{field}"


def test_what_can_be_kept_passes():
    check_plan(
        plan_of(
            Aggregate(name="days", function=Function.SESSIONS, gap_us=DAY_US),
            Aggregate(name="a", function=Function.SESSIONS, gap_us=30 * MINUTE_US, window=MONTH),
            Aggregate(name="b", function=Function.DECAYED, field=Unit.PRICE, half_life_us=64),
        )
    )
