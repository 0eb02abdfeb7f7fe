"""A bandit's allocations, over the real stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.unit_store import SqlUnitStore
from core.caller import Caller
from core.experiments.experiment import AllocationMode, Experiment, Variant
from core.experiments.experiment_store import Allocation
from core.experiments.exposure import Exposure
from core.experiments.reallocating import BanditReallocation
from core.experiments.unit_outcome import UnitOutcome
from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from tests.parts.versions import make_files

ACME = Caller(tenant=TenantId("acme"), actor="alice")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
SHARES = {"control": 0.5, "better": 0.5, "closed": 0.0}


class World:
    """An experiment with units, and who spreads them anew."""

    def __init__(self, database, folder, clock) -> None:
        self.clock = clock
        clock.now = NOON
        registry = ModelRegistry(SqlRegistryStore(database, clock), FolderArtifacts(folder), lambda *_: None, clock)
        self.version = registry.register(ACME, "register", make_files(), "test").manifest.version
        self.experiments = SqlExperimentStore(database, clock)
        self.exposures = SqlExposureStore(database)
        self.units = SqlUnitStore(database)
        self.reallocation = BanditReallocation(self.experiments, self.units, EVERY, clock)

    def create(self, mode=AllocationMode.BANDIT, **fields) -> None:
        variants = tuple(
            Variant(name=name, model_version=self.version, share=share, is_control=name == "control")
            for name, share in SHARES.items()
        )
        experiment = Experiment(name="trial", variants=variants, mode=mode, start_time=NOON, **fields)
        self.experiments.create(ACME, "create", experiment)

    def expose(self, **converted: tuple[int, int]) -> None:
        """Record units, of each variant so many and so many of them converted."""
        outcomes = []
        for variant, (count, wins) in converted.items():
            for number in range(count):
                exposure = self._exposure(f"{variant}-{number}", variant)
                self.exposures.record(ACME.tenant, exposure, None)
                outcomes.append(outcome_of(exposure, number < wins))
        with self.units.session(ACME.tenant, "trial") as session:
            session.write(outcomes)

    def _exposure(self, unit_id: str, variant: str) -> Exposure:
        return Exposure(
            experiment="trial",
            unit_id=unit_id,
            variant=variant,
            propensity=0.5,
            is_override=False,
            allocation=0,
            baseline_score=None,
            exposure_time=NOON,
        )

    def reallocate(self) -> bool:
        return self.reallocation.reallocate(ACME.tenant, self.experiments.get(ACME.tenant, "trial"))

    @property
    def newest(self) -> Allocation:
        return self.experiments.allocation(ACME.tenant, "trial")


def outcome_of(exposure: Exposure, converted: bool) -> UnitOutcome:
    return UnitOutcome(
        unit_id=exposure.unit_id,
        variant=exposure.variant,
        propensity=exposure.propensity,
        is_override=False,
        allocation=exposure.allocation,
        exposure_time=exposure.exposure_time,
        lead_count=1,
        converted_leads=int(converted),
        contact_success=False,
        converted_early=False,
        fallback_answers=0,
        conversion_value=0.0,
        score_sum=0.0,
        score_count=0,
        baseline_score=None,
    )


@pytest.fixture
def world(database, tmp_path, clock) -> World:
    return World(database, tmp_path / "artifacts", clock)


def test_more_goes_to_what_converts_better_and_nothing_to_a_variant_that_was_closed(world):
    world.create()
    world.expose(control=(100, 10), better=(100, 30))
    world.clock.advance(60)
    assert world.reallocate()
    newest = world.newest
    assert (newest.number, newest.start_time) == (1, world.clock.now)
    assert newest.shares["better"] > 0.85
    assert 0.0 < newest.shares["control"] < 0.15
    assert newest.shares["closed"] == 0.0
    assert sum(newest.shares.values()) == pytest.approx(1.0)


def test_one_window_has_one_allocation(world):
    world.create()
    world.expose(control=(20, 2), better=(20, 8))
    made = []
    for _ in range(6):
        made.append(world.reallocate())
        world.clock.advance(EVERY.total_seconds() / 3)
    assert made == [True, False, False, True, False, False]
    assert [one.number for one in world.experiments.allocations(ACME.tenant, "trial")] == [0, 1, 2]


def test_without_units_the_percentages_that_were_set_stay(world):
    world.create()
    assert not world.reallocate()
    assert (world.newest.number, world.newest.shares) == (0, SHARES)


def test_an_experiment_that_is_no_bandit_stays_as_it_was_set(world):
    world.create(mode=AllocationMode.FIXED)
    world.expose(control=(20, 2), better=(20, 8))
    assert not world.reallocate()


def test_what_is_over_or_has_not_begun_is_left_alone(world):
    world.create(end_time=NOON + timedelta(hours=1))
    world.expose(control=(20, 2), better=(20, 8))
    world.clock.now = NOON - timedelta(seconds=1)
    assert not world.reallocate()
    world.clock.now = NOON + timedelta(hours=1)
    assert not world.reallocate()
    world.clock.now = NOON + timedelta(minutes=30)
    world.experiments.stop(ACME, "stop", "trial", winner="", reason="enough")
    assert not world.reallocate()
    assert world.newest.number == 0
