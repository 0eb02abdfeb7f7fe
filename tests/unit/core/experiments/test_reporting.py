"""Reading results again and again, over a real store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.adapters.sql.engine import open_database
from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.unit_store import SqlUnitStore
from core.caller import LOCAL_CALLER
from core.errors import NotFound
from core.experiments import concluding
from core.experiments.concluding import conclude
from core.experiments.exposure import Exposure, LinkedLead
from core.experiments.plan import Plan
from core.experiments.reporting import ExperimentReports
from core.identifiers import LeadId
from core.lead import Lead, LeadOutcome, LeadWrite
from tests.parts.clock import SetClock
from tests.parts.trials import experiment, register
from tests.unit.core.scoring.conftest import NOW

TENANT = LOCAL_CALLER.tenant
PLAN = Plan(baseline_rate=0.3, min_effect=0.5, look_count=5, horizon_units=40)
VARIANTS = ("control", "treatment")


class Desk:
    """Exposes units, and reads results."""

    def __init__(self, home: Path) -> None:
        self.clock = SetClock(NOW)
        self.database = open_database(f"sqlite:///{home}/leadline.db")
        self.database.migrate()
        register(self.database, self.clock, LOCAL_CALLER)
        self.store = SqlExperimentStore(self.database, self.clock)
        self.exposures = SqlExposureStore(self.database)
        self.leads = SqlLeadStore(self.database, self.clock)
        self.reports = ExperimentReports(SqlUnitStore(self.database), self.clock)

    def create(self, **fields) -> None:
        self.store.create(LOCAL_CALLER, "r", experiment("e", start_time=NOW, **fields))

    def expose(self, number: int) -> None:
        self.clock.advance(1)
        exposure = Exposure(
            experiment="e",
            unit_id=f"u{number}",
            variant=VARIANTS[number % 2],
            propensity=0.5,
            is_override=False,
            allocation=0,
            baseline_score=50.0,
            exposure_time=self.clock(),
        )
        self.exposures.record(TENANT, exposure, LinkedLead(lead_id=LeadId(f"l{number}"), score=50.0, source="model"))

    def convert(self, number: int) -> None:
        self.clock.advance(1)
        write = LeadWrite(lead=Lead(lead_id=LeadId(f"l{number}"), title="t"), outcome=LeadOutcome(converted=True))
        self.leads.upsert(LOCAL_CALLER, f"w{number}", [write])

    def read(self):
        return self.reports.read(TENANT, "e")[1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.database.close()


def test_however_often_it_is_read_there_are_as_many_looks_as_planned(desk):
    desk.create(plan=PLAN)
    for number in range(40):
        desk.expose(number)
        for _ in range(3):
            found = desk.read()
    assert [(look.number, look.information) for look in found.looks] == [
        (number, pytest.approx(number / 5)) for number in range(1, 6)
    ]
    assert found.looks[-1].alpha_spent == pytest.approx(1.0)
    desk.expose(40)
    assert desk.read().looks == found.looks


def test_a_look_stands_as_it_was_taken(desk):
    desk.create(plan=PLAN)
    for number in range(8):
        desk.expose(number)
    (before,) = desk.read().looks
    for number in range(8):
        desk.convert(number)
    later = desk.read()
    assert later.looks == (before,)
    assert sum(variant.converted for variant in later.variants) == 8


def test_reading_late_gives_what_reading_all_along_gives(desk):
    desk.create()
    for number in range(30):
        desk.expose(number)
        if number % 3 == 0:
            desk.convert(number)
        desk.read()
    all_along = desk.read()
    with desk.database.write(TENANT) as connection:
        connection.exec_driver_sql("UPDATE experiment_progress SET refreshed_until = NULL")
    at_once = desk.read()
    # What was seen on the way stays seen: the smallest p-value, and nothing else.
    assert at_once.variants == all_along.variants
    assert [check.status for check in at_once.trust_checks] == [check.status for check in all_along.trust_checks]
    assert at_once.recommendation == all_along.recommendation


def test_the_smallest_p_value_stays(desk):
    desk.create()
    for number in range(60):
        desk.expose(number)
        if number % 2:
            desk.convert(number)
    least = desk.read().comparisons[0].always_valid.p_value
    for number in range(0, 60, 2):
        desk.convert(number)
    assert least < 1.0
    assert desk.read().comparisons[0].always_valid.p_value == least


def test_units_a_day_are_those_of_the_last_week(desk):
    desk.create()
    for number in range(14):
        desk.expose(number)
    desk.clock.now += timedelta(days=7, hours=-1)
    assert desk.read().progress.units_per_day == pytest.approx(2.0, rel=0.02)
    desk.clock.now += timedelta(days=7)
    assert desk.read().progress.units_per_day == 0.0


def test_there_are_no_results_of_what_is_not_there(desk):
    with pytest.raises(NotFound):
        desk.read()


def test_an_experiment_nobody_was_exposed_to_has_results(desk):
    desk.create(plan=replace(PLAN, units_per_day=5.0))
    found = desk.read()
    assert [variant.units for variant in found.variants] == [0, 0]
    assert found.looks == ()
    assert found.recommendation.sentence


def test_a_look_sees_only_units_whose_time_to_convert_is_over(desk):
    desk.create(plan=PLAN, conversion_window=timedelta(days=1))
    for number in range(20):
        desk.expose(number)
    desk.clock.now += timedelta(hours=20)
    for number in range(20, 40):
        desk.expose(number)
    early = desk.read()
    assert (early.progress.units, early.looks) == (40, ())
    desk.clock.now += timedelta(hours=5)
    (look,) = desk.read().looks
    assert (look.information, look.treatment_units, look.control_units) == (0.5, 10, 10)
    desk.clock.now += timedelta(days=1)
    assert [look.information for look in desk.read().looks] == [0.5, 1.0]


def test_while_conclusions_are_drawn_others_may_write(desk, monkeypatch):
    desk.create()
    desk.expose(1)

    def slowly(facts):
        desk.convert(1)
        return conclude(facts)

    monkeypatch.setattr(concluding, "conclude", slowly)
    assert [variant.converted for variant in desk.read().variants] == [0, 0]
    monkeypatch.undo()
    assert [variant.converted for variant in desk.read().variants] == [0, 1]


class Waiting:
    """What became of units; whoever wants it waits, and meanwhile somebody stops the experiment."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._units = SqlUnitStore(desk.database)

    @contextmanager
    def session(self, tenant, experiment):
        self._desk.store.stop(LOCAL_CALLER, "s", experiment, winner="", reason="")
        with self._units.session(tenant, experiment) as session:
            yield session


def test_who_waited_for_the_lock_knows_what_happened_meanwhile(desk):
    desk.create()
    stored, _ = ExperimentReports(Waiting(desk), desk.clock).read(TENANT, "e")
    assert stored.stop_time == desk.clock.now


def test_the_first_reading_loads_nothing_while_others_wait_for_it(tmp_path):
    """In a process of its own: what is loaded stays loaded."""
    found = subprocess.run(
        [sys.executable, "-c", _FIRST_READING, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert (found.returncode, found.stdout.split()) == (0, ["ready"]), found.stderr


_FIRST_READING = """
import sys
from contextlib import contextmanager
from pathlib import Path

from core.adapters.sql.unit_store import SqlUnitStore
from core.experiments.reporting import ExperimentReports
from tests.unit.core.experiments.test_reporting import PLAN, TENANT, Desk


class Watched:
    def __init__(self, database):
        self.units = SqlUnitStore(database)

    @contextmanager
    def session(self, tenant, experiment):
        with self.units.session(tenant, experiment) as session:
            before = set(sys.modules)
            yield session
            print(*(name for name in set(sys.modules) - before if name.split(".")[0] in {"core", "scipy", "numpy"}))


desk = Desk(Path(sys.argv[1]))
desk.create(plan=PLAN)
for number in range(40):
    desk.expose(number)
loaded = [name for name in ("core.experiments.comparing", "core.experiments.sequential.looks") if name in sys.modules]
assert not loaded, loaded
ExperimentReports(Watched(desk.database), desk.clock).read(TENANT, "e")
print("ready")
desk.database.close()
"""
