from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import DependencyDown, NotFound
from core.experiments.experiment import AllocationMode, Experiment, ExperimentState, StoredExperiment, Variant
from core.experiments.experiment_store import Allocation
from core.experiments.live import MOST_HELD, LiveExperiments
from core.identifiers import TenantId, VersionName
from tests.unit.core.scoring.conftest import NOW

TENANT = TenantId("acme")
UNITS = [f"unit-{number}" for number in range(400)]


def experiment(name: str, mode: AllocationMode = AllocationMode.FIXED) -> Experiment:
    variants = tuple(
        Variant(name=arm, model_version=VersionName(f"v-{arm}"), share=0.5, is_control=arm == "a") for arm in "ab"
    )
    return Experiment(name=name, variants=variants, mode=mode, start_time=NOW)


class Shelf:
    """Experiments in memory; each change is another revision."""

    def __init__(self) -> None:
        self.stored: dict[str, StoredExperiment] = {}
        self.allocations: dict[str, Allocation] = {}
        self.changes = 0
        self.reads: list[str] = []
        self.is_down = False

    def put(self, one: Experiment, **changes: object) -> None:
        stored = StoredExperiment(
            experiment=one, segment_start=0, segment_end=10_000, create_time=NOW, created_by="somebody"
        )
        self.stored[one.name] = replace(stored, **changes)
        self.allocations.setdefault(one.name, Allocation(number=0, shares={"a": 0.5, "b": 0.5}, start_time=NOW))
        self.changes += 1

    def allocate(self, name: str, number: int, **shares: float) -> None:
        self.allocations[name] = Allocation(number=number, shares=shares, start_time=NOW)
        self.changes += 1

    def get(self, tenant: TenantId, name: str) -> StoredExperiment:
        self._ask(name)
        if tenant != TENANT or name not in self.stored:
            raise NotFound("experiment", name)
        return self.stored[name]

    def allocation(self, _tenant: TenantId, name: str) -> Allocation:
        self._ask(f"allocation of {name}")
        return self.allocations[name]

    def revision(self) -> str:
        if self.is_down:
            raise DependencyDown("store")
        return str(self.changes)

    def _ask(self, what: str) -> None:
        if self.is_down:
            raise DependencyDown("store")
        self.reads.append(what)


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(experiment("e"))
    shelf.put(experiment("bandit", AllocationMode.BANDIT))
    return shelf


@pytest.fixture
def live(shelf: Shelf) -> LiveExperiments:
    return LiveExperiments(shelf)


def variants(live: LiveExperiments, name: str) -> list[str]:
    return [live.get(TENANT, name).assigner.assign(unit).variant.name for unit in UNITS]


def test_an_experiment_is_read_once_and_then_answered_from_memory(live, shelf):
    first = live.get(TENANT, "e")
    assert live.get(TENANT, "e") is first
    assert shelf.reads == ["e"]


def test_without_a_change_a_look_reads_nothing(live, shelf):
    live.get(TENANT, "e")
    assert live.refresh() == ""
    shelf.reads.clear()
    assert live.refresh() == ""
    assert shelf.reads == []


def test_while_nobody_asks_for_an_experiment_nothing_is_looked_for(live, shelf):
    shelf.is_down = True
    assert live.refresh() == ""
    assert shelf.reads == []


def test_what_another_process_stopped_is_known_after_the_next_look(live, shelf):
    assert live.get(TENANT, "e").stored.state(NOW) is ExperimentState.RUNNING
    shelf.put(experiment("e"), stop_time=NOW)
    assert live.get(TENANT, "e").stored.state(NOW) is ExperimentState.RUNNING
    assert live.refresh() == ""
    assert live.get(TENANT, "e").stored.state(NOW) is ExperimentState.STOPPED


def test_a_reading_that_comes_late_starts_nothing_anew(live, shelf):
    shelf.put(experiment("e"), stop_time=NOW)
    live.get(TENANT, "e")
    shelf.put(experiment("e"))  # as somebody read it before it was stopped
    assert live.renew(TENANT, "e").stored.stop_time == NOW


def test_a_new_allocation_moves_units_and_an_older_one_does_not_come_back(live, shelf):
    before = variants(live, "bandit")
    assert set(before) == {"a", "b"}
    shelf.allocate("bandit", 1, a=0.05, b=0.95)
    live.refresh()
    after = variants(live, "bandit")
    assert after.count("b") > before.count("b")
    assert live.get(TENANT, "bandit").assigner.assign("unit-1").allocation == 1
    shelf.allocate("bandit", 0, a=0.5, b=0.5)
    live.refresh()
    assert variants(live, "bandit") == after


def test_the_assigner_of_an_allocation_is_made_once(live, shelf):
    made = live.get(TENANT, "e").assigner
    shelf.put(experiment("another"))
    live.refresh()
    assert live.get(TENANT, "e").assigner is made


def test_only_a_bandit_is_asked_for_its_allocation(live, shelf):
    live.get(TENANT, "e")
    live.get(TENANT, "bandit")
    assert shelf.reads == ["e", "bandit", "allocation of bandit"]


@pytest.mark.parametrize(("tenant", "name"), [(TENANT, "none"), (TenantId("other"), "e")])
def test_what_the_tenant_does_not_have_is_not_found_until_it_is_there(live, shelf, tenant, name):
    with pytest.raises(NotFound):
        live.get(tenant, name)
    shelf.put(experiment("none"))
    assert live.get(TENANT, "none").stored.experiment.name == "none"


def test_while_the_store_is_down_what_is_known_stays_and_the_change_is_seen_afterwards(live, shelf):
    live.get(TENANT, "e")
    shelf.put(experiment("e"), stop_time=NOW)
    shelf.is_down = True
    assert live.refresh() == "store is not available"
    assert live.get(TENANT, "e").stored.stop_time is None
    with pytest.raises(DependencyDown):
        live.get(TENANT, "bandit")
    shelf.is_down = False
    assert live.refresh() == ""
    assert live.get(TENANT, "e").stored.stop_time == NOW


def test_memory_is_bounded(live, shelf):
    for number in range(MOST_HELD + 1):
        shelf.put(experiment(f"e{number}"))
        live.get(TENANT, f"e{number}")
    shelf.reads.clear()
    live.get(TENANT, f"e{MOST_HELD}")
    assert shelf.reads == []
    live.get(TENANT, "e0")
    assert shelf.reads == ["e0"]


class Interleaved(Shelf):
    """Somebody else stops ``e`` right after it was read, and the look comes before or after that reading is put."""

    def __init__(self) -> None:
        super().__init__()
        self.after_reading: list = []
        self.before_revision: list = []

    def get(self, tenant: TenantId, name: str) -> StoredExperiment:
        found = super().get(tenant, name)
        if name == "e" and self.after_reading:
            self.after_reading.pop()()
        return found

    def revision(self) -> str:
        if self.before_revision:
            self.before_revision.pop()()
        return super().revision()

    def stop(self) -> None:
        self.put(experiment("e"), stop_time=NOW)


@pytest.fixture
def interleaved() -> Interleaved:
    shelf = Interleaved()
    shelf.put(experiment("e"))
    shelf.put(experiment("another"))
    return shelf


def test_what_was_read_before_a_stop_and_kept_after_a_look_is_read_again_by_the_next_one(interleaved):
    live = LiveExperiments(interleaved)
    live.get(TENANT, "another")

    def stop_and_look() -> None:
        interleaved.stop()
        assert live.refresh() == ""

    interleaved.after_reading = [stop_and_look]
    assert live.get(TENANT, "e").stored.stop_time is None
    assert live.refresh() == ""
    assert live.get(TENANT, "e").stored.stop_time == NOW


def test_what_is_kept_in_the_middle_of_a_look_is_read_again_by_the_next_one(interleaved):
    live = LiveExperiments(interleaved)
    live.get(TENANT, "another")
    interleaved.after_reading = [interleaved.stop]
    interleaved.before_revision = [lambda: live.get(TENANT, "e")]
    assert live.refresh() == ""
    assert live.get(TENANT, "e").stored.stop_time is None
    assert live.refresh() == ""
    assert live.get(TENANT, "e").stored.stop_time == NOW
    interleaved.reads.clear()
    live.refresh()
    assert interleaved.reads == []
