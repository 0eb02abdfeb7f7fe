"""What is told without the library; the rest is in the tests of silent callers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.admission.arrivals import Arrivals
from server.admission.kinds import CallKind, LanePlan
from server.admission.lane import Lane


def test_what_nobody_admitted_is_not_waited_for_and_there_are_no_threads():
    lane = Lane(CallKind.SCORE, LanePlan(threads=1, queue=1, most_each=2), lambda: None)
    arrivals = Arrivals(lane, lambda _seat, _kind, _tenant: None)
    assert isinstance(arrivals, ThreadPoolExecutor), "else the library would take its default threads"
    assert not hasattr(arrivals, "_threads")
    with pytest.raises(RuntimeError):
        arrivals.submit(print)
    assert lane.seated == 0
