"""What a process knows of actions follows the registry and the outcomes, and never fails a reader."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from core.actions.effects import Effect
from core.actions.serving import COUNT_EVERY, RETRY_REFUSED, ActionEffects
from core.actions.tallies import Tally
from core.errors import ArtifactRefused, DependencyDown
from core.identifiers import TenantId
from core.resilience.breaker import BreakerState
from core.version import ActivePointer
from tests.parts.clock import SetClock

ACME = TenantId("acme")


class World:
    """Stands for a registry, a store and a ranker."""

    def __init__(self) -> None:
        self.pointer = None
        self.tallied = [Tally(action_id="call", trials=10, converted=5)]
        self.newest = None
        self.is_down = False
        self.fails = False
        self.refused: set[str] = set()
        self.seconds = 0.0
        self.counts = 0
        self.clock = SetClock()
        self.effects = ActionEffects(
            self,
            SimpleNamespace(newest=lambda _: self.newest, tallies=self.tallies),
            self.read,
            self.clock,
            lambda: self.seconds,
        )

    def activate(self, version):
        revision = 1 if self.pointer is None else self.pointer.revision + 1
        self.pointer = ActivePointer(version=version, digest="", previous=None, revision=revision)

    def active(self, tenant, kind):
        self._work()
        return self.pointer

    def active_everywhere(self, kind):
        self._work()
        return {} if self.pointer is None else {ACME: self.pointer}

    def load(self, tenant, kind, version):
        return None, version

    def read(self, version):
        if version in self.refused:
            raise ArtifactRefused("model.onnx", "is damaged")
        return SimpleNamespace(version=version, effects=self.run, parts=SimpleNamespace(baseline=""))

    def run(self, facts, action_ids):
        if self.fails:
            raise RuntimeError
        return {one: Effect(propensity=0.5, uplift=0.1, interval=None, evidence_count=1) for one in action_ids}

    def tallies(self, tenant, since, settled):
        self.counts += 1
        return self.tallied

    def _work(self):
        if self.is_down:
            raise DependencyDown("store")


@pytest.fixture
def world():
    return World()


def test_without_outcomes_nothing_is_known(world):
    assert world.effects.active(ACME).effects({}, ["call"]) == {}


def test_outcomes_are_counted_when_there_are_new_ones(world):
    world.effects.active(ACME)
    world.newest = world.clock.now
    assert world.effects.refresh() is None
    assert world.counts == 0
    world.seconds += COUNT_EVERY
    world.effects.refresh()
    assert world.effects.active(ACME).effects({}, ["call"])["call"].evidence_count == 10
    world.seconds += COUNT_EVERY
    world.effects.refresh()
    assert world.counts == 1


def test_a_day_later_they_are_counted_again(world):
    world.newest = world.clock.now
    world.effects.active(ACME)
    world.clock.advance(timedelta(days=1).total_seconds())
    world.seconds += COUNT_EVERY
    world.effects.refresh()
    assert world.counts == 2


def test_the_active_version_serves_and_goes_when_it_is_gone(world):
    world.activate("v1")
    assert world.effects.active(ACME).version == "v1"
    world.activate("v2")
    world.effects.refresh()
    assert world.effects.active(ACME).version == "v2"
    world.pointer = None
    world.effects.refresh()
    assert not world.effects.active(ACME).version


def test_a_version_that_is_refused_leaves_the_one_before(world):
    world.activate("v1")
    world.effects.active(ACME)
    world.refused = {"v2"}
    world.activate("v2")
    assert "v2" in world.effects.refresh()
    assert world.effects.active(ACME).version == "v1"
    assert "v2" in world.effects.problem(ACME)
    world.refused = set()
    world.effects.refresh()
    assert world.effects.active(ACME).version == "v1"
    world.seconds += RETRY_REFUSED
    assert world.effects.refresh() is None
    assert world.effects.active(ACME).version == "v2"


def test_a_store_that_does_not_work_is_no_error_for_readers(world):
    world.is_down = True
    assert world.effects.active(ACME).effects({}, ["call"]) == {}
    assert world.effects.refresh() is None
    world.is_down = False
    world.activate("v1")
    assert world.effects.active(ACME).version == "v1"
    world.is_down = True
    assert world.effects.refresh()
    assert world.effects.active(ACME).version == "v1"


def test_a_model_that_fails_is_left_alone_and_its_twin_serves(world):
    world.newest = world.clock.now
    world.activate("v1")
    model = world.effects.active(ACME)
    world.fails = True
    for _ in range(6):
        with pytest.raises(DependencyDown):
            model.effects({}, ["call"])
    assert model.breaker.state is BreakerState.OPEN
    assert world.effects.counted(ACME).effects({}, ["call"])["call"].uplift is None


def test_named_versions_are_loaded_once(world):
    world.activate("v1")
    assert world.effects.pinned(ACME, "v0") is world.effects.pinned(ACME, "v0")
    assert world.effects.pinned(ACME, "v1") is world.effects.active(ACME)
