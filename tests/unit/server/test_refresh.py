"""One look at the store: what fails does so alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import DependencyDown
from core.scoring.served import Serving
from server.observed.metrics import ServerMetrics
from server.refresh import Refresher

EMPTY = Serving(model=None, revision=0, load_time=datetime(2026, 1, 1, tzinfo=UTC))


class Served:
    def refresh_all(self) -> str:
        return ""

    def snapshot(self) -> dict[str, Serving]:
        return {"slow": EMPTY, "other": EMPTY}


class Fallbacks:
    def __init__(self, problem: Exception) -> None:
        self.problem = problem
        self.looked: list[str] = []

    def refresh_if_due(self, tenant: str) -> None:
        self.looked.append(tenant)
        if tenant == "slow":
            raise self.problem


@pytest.mark.parametrize(
    ("problem", "told"), [(DependencyDown("store"), "store"), (ZeroDivisionError("secret"), "unexpected ZeroDivision")]
)
def test_a_tenant_or_a_comparison_that_fails_does_not_end_the_look(problem, told):
    compared: list[int] = []

    def failing() -> None:
        compared.append(1)
        raise problem

    fallbacks = Fallbacks(problem)
    more = [failing, lambda: compared.append(2)]
    refresher = Refresher(Served(), fallbacks, timedelta(seconds=1), ServerMetrics(), more=more)
    found = refresher._look()
    assert fallbacks.looked == ["slow", "other"]
    assert compared == [1, 2]
    assert told in found
    assert "secret" not in found


def test_a_look_without_problems_tells_of_none():
    fallbacks = Fallbacks(ZeroDivisionError())
    fallbacks.refresh_if_due = lambda _: None
    assert Refresher(Served(), fallbacks, timedelta(seconds=1), ServerMetrics())._look() == ""
