"""When a recommender is to be trained anew."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from core.behavior.recording import microseconds_of
from core.identifiers import TenantId
from core.recommend.training_due import RecommenderDue
from tests.parts.clock import SetClock
from tests.parts.events import event

ACME = TenantId("acme")
YOUNG, OLD = timedelta(hours=23), timedelta(hours=25)


class World:
    """A log with events about items and others, and a registry with at most one version."""

    def __init__(self, clock, *, age=None, serves=True, before=0, since=0):
        made = clock.now - (age or timedelta(0))
        self.made_us = microseconds_of(made)
        version = SimpleNamespace(create_time=made, manifest=SimpleNamespace(version="v7"))
        self.versions = [] if age is None else [version]
        self.pointer = version if serves and age is not None else None
        self.events = [
            event(f"{number}", item_id="loft" if number % 2 else "", recorded_us=self.made_us + offset)
            for offset, count in ((-1, before), (0, since))
            for number in range(2 * count)
        ]

    def list(self, _tenant, _kind, *, limit, after):
        return SimpleNamespace(items=self.versions[:limit])

    def active(self, _tenant, _kind):
        return self.pointer

    def all(self, _tenant, *, since_us=0):
        return (one for one in self.events if one.recorded_us >= since_us)


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        ({"since": 200}, ""),
        ({"since": 199}, "199 new events about items are too few"),
        ({"age": YOUNG, "since": 999}, "the newest version is younger than 24 hours"),
        ({"age": OLD, "since": 200}, ""),
        ({"age": OLD, "before": 999, "since": 199}, "199 new events about items are too few"),
        ({"age": YOUNG, "serves": False, "before": 200}, ""),
        ({"age": OLD, "serves": False, "before": 200}, ""),
    ],
)
def test_it_is_due_once_there_is_enough_to_learn_and_the_newest_is_a_day_old_or_none_serves(world, reason):
    clock = SetClock()
    made = World(clock, **world)

    due = RecommenderDue(made, made, clock).ask(ACME)

    assert due.reason == reason
    assert due.request_id == ("recommender-after-v7" if "age" in world else "recommender-after-first")
