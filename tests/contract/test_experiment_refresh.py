"""What an experiment knows of its units after any history is what it would work out from nothing."""

from __future__ import annotations

import itertools
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import sleep

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.tables import experiment_exposures, experiment_leads, experiment_units, lead_feedback
from core.adapters.sql.unit_removals import notice_removals
from core.adapters.sql.unit_store import SqlUnitStore
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import NotFound, WrongState
from core.experiments.refreshing import final_time, refresh
from core.feedback.feedback import FeedbackAction
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadOutcome, LeadWrite
from tests.parts.clock import SetClock
from tests.parts.feedback import feedback_write
from tests.parts.trials import ACME, experiment, exposure, linked, register

UNITS = ("firm", "other firm", "lead-0", "lead-1")
LEADS = tuple(LeadId(f"lead-{number}") for number in range(5))
_tenants = (TenantId(f"tenant-{number}") for number in itertools.count())


class _UndoneError(Exception):
    """Ends a session whose writes nobody is to see."""


def _undo_if(wanted):
    if wanted:
        raise _UndoneError


@dataclass
class World:
    """One tenant with one experiment, and everything that may happen to it."""

    database: object
    window: timedelta | None = None
    clock: SetClock = field(default_factory=SetClock)
    tenant: TenantId = field(default_factory=lambda: next(_tenants))
    settled: list[object] | None = None
    """What was known when it was final, unless a lead was erased or a unit exposed since."""

    def __post_init__(self):
        self.caller = Caller(tenant=self.tenant, actor="alice")
        register(self.database, self.clock, self.caller)
        self.experiments = SqlExperimentStore(self.database, self.clock)
        test = experiment(conversion_window=self.window)
        self.experiments.create(self.caller, "create", test)
        self.exposures = SqlExposureStore(self.database)
        self.units = SqlUnitStore(self.database)
        self._requests = itertools.count()
        self._is_final = False
        for lead_id in LEADS:
            self.store(lead_id)

    def request(self):
        return f"request-{next(self._requests)}"

    def late(self, seconds):
        """Return a clock that has read the time so long before what it stamps is committed."""
        moment = self.clock.now - timedelta(seconds=seconds)
        return lambda: moment

    def store(self, lead_id, outcome=None, late=0):
        write = LeadWrite(lead=Lead(lead_id=lead_id), outcome=outcome)
        SqlLeadStore(self.database, self.late(late)).upsert(self.caller, self.request(), [write])

    def expose(self, unit, variant, lead, score, late, override):  # noqa: PLR0917  drawn as one
        link = None if lead is None else linked(lead, score, "model" if score is not None else "")
        shown = exposure(unit, variant, at=self.late(late)(), baseline_score=score, is_override=override)
        self.settled = None
        self.exposures.record(self.tenant, shown, link)

    def tell(self, lead, number, action, days_ago, value, late):  # noqa: PLR0917  drawn as one
        """Say something under one of the lead's ids: a second time it is a correction."""
        fields = {"conversion_value": value} if action is FeedbackAction.CONVERT else {}
        if action is FeedbackAction.CONTACT:
            fields = {"contact_successful": value is not None}
        # Less than no days ago: told by a clock that goes before ours.
        time = self.late(late)()
        said = feedback_write(
            f"{lead}-{number}",
            lead,
            action=action,
            occurred_time=time - timedelta(days=days_ago),
            confidence=1.0,
            **fields,
        )
        feedback = SqlFeedbackStore(self.database, lambda: time)
        try:
            feedback.record(self.caller, self.request(), "RecordFeedback", [said])
        except NotFound:
            self.store(lead)

    def end(self, lead, converted, days_ago, late):
        time = self.clock.now - timedelta(days=days_ago)
        self.store(lead, LeadOutcome(converted=converted, outcome_time=time), late)

    def prune(self, days):
        SqlFeedbackStore(self.database, self.clock).prune(self.caller, self.request(), timedelta(days=days))

    def erase(self, lead):
        self.settled = None
        with self.database.write(self.tenant) as connection:
            erase_lead(connection, self.tenant, lead)

    def stop(self):
        try:
            self.experiments.stop(self.caller, self.request(), "test", winner="", reason="")
        except WrongState:
            assert self.experiments.get(self.tenant, "test").stop_time is not None

    def wait(self, seconds):
        self.clock.advance(seconds)

    def refresh(self):
        """Refresh, and check that what is known is what is worked out from nothing, or was once it was final."""
        was_final = self._is_final
        known = self._refreshed(anew=False)
        assert known == (self.settled if self.settled is not None else known)
        assert was_final or known == self._refreshed(anew=True)
        stored = self.experiments.get(self.tenant, "test")
        final = final_time(stored.experiment, stored.over_time)
        self._is_final = final is not None and self.clock.now >= final
        self.settled = known if self._is_final else None
        return known

    def _refreshed(self, *, anew):
        """Return what a refresh leaves; one that works everything out anew is undone again."""
        stored, found = self.experiments.get(self.tenant, "test"), []
        with suppress(_UndoneError), self.units.session(self.tenant, "test") as session:
            session.refreshed_until = None if anew else session.refreshed_until
            refresh(session, stored, self.clock.now)
            session.finish(self.clock.now, {})
            found = self._rows(session)
            _undo_if(anew)
        return found

    def _rows(self, session):
        query = select(experiment_units).where(experiment_units.c.tenant == self.tenant)
        return session._connection.execute(query.order_by(experiment_units.c.unit_id)).all()


def happenings():
    """Return days on each of which some things happen: the name of a method of a world and its arguments."""
    units, leads = st.sampled_from(UNITS), st.sampled_from(LEADS)
    variants = st.sampled_from(["control", "treatment"])
    late, days = st.sampled_from([0, 0, 1, 59]), st.sampled_from([0, 0, 3, -1])
    testers = st.sampled_from([False, False, False, True])
    exposing = st.tuples(
        st.just("expose"), units, variants, st.none() | leads, st.sampled_from([None, 0.1, 70.3]), late, testers
    )
    actions = ["CONVERT", "CONVERT", "CONVERT", "DISMISS", "DISMISS", "CONTACT", "CONTACT", "VIEW"]
    told = st.sampled_from([FeedbackAction[name] for name in actions])
    telling = st.tuples(
        st.just("tell"),
        leads,
        st.integers(0, 1),
        told,
        days,
        st.sampled_from([None, 1.5, 0.1]),
        late,
    )
    ending = st.tuples(st.just("end"), leads, st.booleans(), days, late)
    pruning = st.tuples(st.just("prune"), st.sampled_from([1, 7]))
    seldom = st.tuples(st.just("erase"), leads) | st.just(("stop",))
    step = st.one_of(exposing, telling, telling, ending, pruning, seldom)
    waiting = st.tuples(st.just("wait"), st.sampled_from([1, 61, 86_400, 691_200]))
    one_day = st.tuples(st.lists(step, max_size=3), waiting)
    return st.lists(one_day, min_size=3, max_size=8)


def live_through(world, history):
    for unit, lead in zip(UNITS, LEADS, strict=False):
        world.expose(unit, "control", lead, 20.0, 0, override=False)
    for steps, waiting in history:
        for name, *arguments in [*steps, waiting]:
            world.clock.advance(0.001)
            getattr(world, name)(*arguments)
        world.refresh()
    world.clock.advance(61)
    return world.refresh()


WINDOWS = st.sampled_from([None, timedelta(days=2), timedelta(days=20)])
SAME_DATABASE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(derandomize=True, max_examples=50, deadline=None, suppress_health_check=SAME_DATABASE)
@given(history=happenings(), window=WINDOWS)
def test_whatever_happened_is_known_as_if_worked_out_from_nothing(database, history, window):
    live_through(World(database, window), history)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@settings(derandomize=True, max_examples=12, deadline=None, suppress_health_check=SAME_DATABASE)
@given(history=happenings(), window=WINDOWS)
def test_whatever_happened_is_known_in_postgresql_too(database, history, window):
    live_through(World(database, window), history)


@pytest.fixture
def world(database):
    return World(database, timedelta(days=7))


@pytest.mark.parametrize("way", ["one request", "requests of their own", "one piece corrected", "with the lead too"])
@pytest.mark.parametrize("times", range(1, 6))
def test_a_conversion_that_is_sent_several_times_is_counted_once(world, times, way):
    world.expose("firm", "treatment", LEADS[0], 50.0, 0, override=False)
    feedback = SqlFeedbackStore(world.database, world.clock)
    for time in range(times):
        world.clock.advance(120)
        feedback_id = "f" if way in {"one request", "one piece corrected"} else f"f{time}"
        request_id = "r" if way == "one request" else f"r{time}"
        said = feedback_write(
            feedback_id, LEADS[0], says_when=False, action=FeedbackAction.CONVERT, conversion_value=7.0, confidence=1.0
        )
        feedback.record(world.caller, request_id, "RecordFeedback", [said])
        if way == "with the lead too":
            world.end(LEADS[0], converted=True, days_ago=0, late=0)
        (row,) = world.refresh()
        assert (row.converted, row.converted_leads, row.conversion_value) == (1, 1, 7.0)


def test_a_conversion_of_a_unit_nobody_was_exposed_as_is_nothing(world):
    world.tell(LEADS[0], 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    assert world.refresh() == []


def test_a_conversion_that_is_taken_back_is_taken_back(world):
    world.expose("firm", "treatment", LEADS[0], 50.0, 0, override=False)
    world.wait(60)
    world.tell(LEADS[0], 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    assert [row.converted for row in world.refresh()] == [1]
    world.wait(3_600)
    world.tell(LEADS[0], 0, FeedbackAction.VIEW, 0, None, 0)
    assert [row.converted for row in world.refresh()] == [0]


def test_a_lead_of_two_units_counts_for_both(world):
    for unit in ("firm", "other firm"):
        world.expose(unit, "treatment", LEADS[0], 50.0, 0, override=False)
    world.tell(LEADS[0], 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    assert [row.converted for row in world.refresh()] == [1, 1]


def test_a_stop_ends_what_counts_where_there_is_no_window(database):
    world = World(database)
    world.expose("firm", "treatment", LEADS[0], 50.0, 0, override=False)
    world.expose("other firm", "control", LEADS[1], 50.0, 0, override=False)
    world.wait(60)
    # Dated ahead, by a clock that goes before ours.
    world.tell(LEADS[0], 0, FeedbackAction.CONVERT, -1, 5.0, 0)
    world.tell(LEADS[1], 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    assert [row.converted for row in world.refresh()] == [1, 1]
    world.wait(3_600)
    assert [row.converted for row in world.refresh()] == [1, 1]
    world.stop()
    assert [row.converted for row in world.refresh()] == [0, 1]


def test_feedback_that_is_pruned_counts_by_what_is_left_of_it(world):
    world.expose("firm", "treatment", LEADS[0], 50.0, 0, override=False)
    world.tell(LEADS[0], 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    world.tell(LEADS[0], 1, FeedbackAction.CONTACT, 0, 1.0, 0)
    world.wait(40 * 86_400)
    (row,) = world.refresh()
    assert (row.converted, row.conversion_value, row.contact_success) == (1, 5.0, 1)
    world.prune(30)
    (row,) = world.refresh()
    assert (row.converted, row.conversion_value, row.contact_success) == (1, 0.0, 0)


def test_an_erased_lead_leaves_its_units_and_takes_along_the_one_it_was(world):
    lead = LEADS[0]
    world.expose("firm", "treatment", lead, 50.0, 0, override=False)
    world.expose("firm", "treatment", LEADS[1], 60.0, 0, override=False)
    world.expose(lead, "control", lead, 50.0, 0, override=False)
    world.expose("other firm", "control", LEADS[2], 70.0, 0, override=False)
    for told in LEADS[:3]:
        world.tell(told, 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    before = {row.unit_id: row for row in world.refresh()}
    assert (before["firm"].converted_leads, before[lead].converted_leads) == (2, 1)
    world.wait(3_600)

    world.erase(lead)

    with world.database.read(world.tenant) as connection:
        kept = connection.scalars(select(experiment_units.c.unit_id)).all()
        assert kept == ["other firm"], "nothing that rests on the lead is there until it is worked out anew"
        for table in (experiment_exposures, experiment_leads):
            mine = (table.c.tenant == world.tenant, table.c.unit_id == lead)
            assert connection.execute(select(table).where(*mine)).all() == []
    after = {row.unit_id: row for row in world.refresh()}
    assert after.keys() == {"firm", "other firm"}
    assert (after["firm"].lead_count, after["firm"].converted_leads, after["firm"].score_sum) == (1, 1, 60.0)
    assert after["other firm"] == before["other firm"]


def test_of_the_same_names_of_two_tenants_each_sees_its_own(database):
    one, two = World(database, timedelta(days=7)), World(database, timedelta(days=7))
    for world in (one, two):
        world.expose("firm", "treatment", LEADS[0], 50.0, 0, override=False)
    one.tell(LEADS[0], 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    assert [row.converted for row in one.refresh()] == [1]
    assert [row.converted for row in two.refresh()] == [0]
    two.erase(LEADS[0])
    assert [row.converted for row in one.refresh()] == [1]
    assert ACME.tenant not in {one.tenant, two.tenant}


def test_an_outcome_written_again_is_the_same_conversion(world):
    world.end(LEADS[0], converted=True, days_ago=0, late=0)
    world.end(LEADS[1], converted=False, days_ago=0, late=0)
    world.wait(60)
    for lead in LEADS[:2]:
        world.expose(f"unit of {lead}", "treatment", lead, 50.0, 0, override=False)
    for _ in range(3):
        world.wait(3_600)
        for lead in LEADS[:2]:
            # As a nightly write of all leads does it, without a time.
            world.store(lead, LeadOutcome(converted=True))
        assert [(row.converted, row.converted_early) for row in world.refresh()] == [(0, 1), (1, 0)]


def test_an_outcome_that_was_corrected_is_as_old_as_it_was_corrected_to(world):
    world.expose("firm", "treatment", LEADS[0], 50.0, 0, override=False)
    world.wait(86_400)
    world.end(LEADS[0], converted=True, days_ago=0, late=0)
    world.tell(LEADS[0], 0, FeedbackAction.DISMISS, 0.25, None, 0)
    assert [row.converted for row in world.refresh()] == [1]
    world.wait(60)
    world.end(LEADS[0], converted=True, days_ago=0.5, late=0)
    assert [row.converted for row in world.refresh()] == [0]


def test_a_conversion_keeps_its_time_when_feedback_that_said_it_again_is_pruned(world):
    world.end(LEADS[0], converted=True, days_ago=0, late=0)
    world.wait(60)
    world.expose("firm", "treatment", LEADS[0], 50.0, 0, override=False)
    world.wait(3_600)
    world.tell(LEADS[0], 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    world.wait(40 * 86_400)
    assert [(row.converted, row.converted_early) for row in world.refresh()] == [(0, 1)]
    world.prune(30)
    assert [(row.converted, row.converted_early) for row in world.refresh()] == [(0, 1)]


def finished(world):
    """Have two units convert, and the experiment be over for good."""
    for unit, lead in zip(("firm", "other firm"), LEADS, strict=False):
        world.expose(unit, "treatment", lead, 50.0, 0, override=False)
        world.tell(lead, 0, FeedbackAction.CONVERT, 0, 5.0, 0)
        world.tell(lead, 1, FeedbackAction.CONTACT, 0, 1.0, 0)
    world.wait(60)
    world.stop()
    world.wait(9 * 86_400)


def test_pruned_feedback_leaves_a_finished_experiment_as_it_was(world):
    finished(world)
    before = world.refresh()
    assert [(row.converted, row.conversion_value, row.contact_success) for row in before] == [(1, 5.0, 1)] * 2
    world.wait(40 * 86_400)
    world.prune(30)
    assert world.refresh() == before


def test_a_lead_that_is_erased_from_a_finished_experiment_takes_along_nothing_that_was_pruned(world):
    finished(world)
    before = {row.unit_id: row for row in world.refresh()}
    world.wait(40 * 86_400)
    world.prune(30)
    world.erase(LEADS[0])
    after = {row.unit_id: row for row in world.refresh()}
    assert after["other firm"] == before["other firm"]
    assert (after["firm"].lead_count, after["firm"].converted, after["firm"].contact_success) == (0, 0, 0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_erases_a_lead_and_who_prunes_its_feedback_wait_for_each_other_in_one_order(world):
    lead = LEADS[0]
    world.expose("firm", "treatment", lead, 50.0, 0, override=False)
    world.tell(lead, 0, FeedbackAction.CONVERT, 0, 5.0, 0)
    said = (lead_feedback.c.tenant == world.tenant, lead_feedback.c.lead_id == lead)
    failures = []

    def erase():
        try:
            world.erase(lead)
        except Exception as error:
            failures.append(error)
            raise

    erasing = threading.Thread(target=erase)
    with world.database.write(world.tenant) as pruning:
        pruning.execute(select(lead_feedback).where(*said).with_for_update()).all()
        erasing.start()
        wait_until_somebody_waits(world.database)
        notice_removals(pruning, world.tenant, [lead], world.clock.now)
        pruning.execute(delete(lead_feedback).where(*said))
    erasing.join(10)
    assert not erasing.is_alive()
    assert failures == []


def wait_until_somebody_waits(database):
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(100):
        with database.read(ALL_TENANTS) as connection:
            if connection.scalar(waiting):
                return
        sleep(0.01)
    pytest.fail("nobody waits")
