from __future__ import annotations

import pytest
import structlog

from server.observed.line_budget import LineBudget


class Clock:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def passed(budget: LineBudget, event: str, times: int) -> list[dict]:
    lines = []
    for _ in range(times):
        try:
            lines.append(dict(budget(None, "info", {"event": event})))
        except structlog.DropEvent:
            continue
    return lines


def test_more_lines_than_the_budget_are_left_out_and_told_in_the_next_second():
    clock = Clock()
    budget = LineBudget("call failed", 3, clock)
    assert passed(budget, "call failed", 10) == [{"event": "call failed"}] * 3
    clock.seconds += 1
    assert passed(budget, "call failed", 2) == [{"event": "call failed", "suppressed": 7}, {"event": "call failed"}]


def test_other_lines_have_no_budget():
    assert len(passed(LineBudget("call failed", 3, Clock()), "incident", 100)) == 100


def test_an_odd_budget_is_still_a_budget():
    with pytest.raises(structlog.DropEvent):
        LineBudget("call failed", 0, Clock())(None, "info", {"event": "call failed"})
