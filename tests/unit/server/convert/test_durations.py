from __future__ import annotations

from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from server.convert.durations import duration_from_wire, duration_to_wire


@given(st.timedeltas(timedelta(), timedelta(days=366)))
def test_a_duration_comes_back_as_it_was(duration):
    assert duration_from_wire(duration_to_wire(duration), "d") == duration


@pytest.mark.parametrize(
    "wire",
    [
        Duration(seconds=-1),
        Duration(nanos=-1),
        Duration(nanos=1_000_000_000),
        Duration(seconds=2**63 - 1),
        Duration(seconds=367 * 86_400),
    ],
)
def test_what_is_no_duration_of_ours_is_refused(wire):
    with pytest.raises(InvalidInput) as caught:
        duration_from_wire(wire, "d")
    assert caught.value.violations[0].field == "d"
