from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import text

from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.unit_store import SqlUnitStore
from core.adapters.sql.walls import ALL_TENANTS
from core.errors import AlreadyExists, InvalidInput, LeadlineError, NotFound, WrongState
from core.experiments.experiment import (
    AllocationMode,
    ExperimentState,
    MetricKind,
    MetricRole,
    MetricSpec,
    Variant,
)
from core.experiments.experiment_store import Allocation, ExperimentStore
from core.experiments.plan import EffectScale, Plan
from core.identifiers import VersionName
from core.version import LEAD_SCORE
from tests.parts.trials import ACME, NAMES, OTHER, experiment, halves, register

WIDE = 8
DAY = timedelta(days=1)
FULL = {
    "description": "which one? The new one: ü",
    "variants": (
        Variant(name="control", model_version=NAMES[0], share=1 / 3, is_control=True),
        Variant(name="b", model_version=NAMES[1], share=1 / 3),
        Variant(name="c", model_version=NAMES[1], share=1 - 2 * (1 / 3)),
    ),
    "mode": AllocationMode.BANDIT,
    "salt": "salt",
    "layer": "page",
    "traffic_share": 0.1234,
    "overrides": MappingProxyType({"tëster": "b", "x y": "control"}),
    "metrics": (
        MetricSpec(kind=MetricKind.MEAN_SCORE, role=MetricRole.SECONDARY),
        MetricSpec(kind=MetricKind.CONVERSION_VALUE, role=MetricRole.GUARDRAIL, margin=0.1),
    ),
    "sticky": True,
    "plan": Plan(baseline_rate=0.1, min_effect=0.02, effect_scale=EffectScale.ABSOLUTE, horizon_units=7_000),
    "conversion_window": timedelta(days=3, microseconds=1),
    "min_effect": 0.07,
    "effect_scale": EffectScale.ABSOLUTE,
    "holdout_share": 0.05,
}


@pytest.fixture
def registry(database, clock):
    return register(database, clock, ACME, OTHER)


@pytest.fixture
def store(database, clock, registry) -> ExperimentStore:
    return SqlExperimentStore(database, clock)


def create(store, name="test", caller=ACME, **changes):
    return store.create(caller, f"create-{name}", experiment(name, **changes))


def stop(store, name="test", request_id="stop", winner="", reason=""):
    return store.stop(ACME, request_id, name, winner=winner, reason=reason)


def test_an_experiment_comes_back_as_it_was_set(store, clock):
    set_so = {**FULL, "start_time": clock.now + DAY, "end_time": clock.now + 9 * DAY}
    created = create(store, **set_so)
    assert created.experiment == experiment(**set_so)
    assert store.get(ACME.tenant, "test") == created
    assert (created.create_time, created.created_by) == (clock.now, "alice")
    assert (created.segment_start, created.segment_end) == (0, 1234)
    assert (created.stop_time, created.winner, created.stop_reason) == (None, "", "")
    with pytest.raises(NotFound) as caught:
        store.get(OTHER.tenant, "test")
    assert caught.value.reason == "EXPERIMENT_NOT_FOUND"


def test_the_same_request_makes_one_experiment_and_another_one_none(store, clock):
    first = create(store)
    clock.advance(5)
    assert create(store) == first
    with pytest.raises(AlreadyExists):
        store.create(ACME, "create-test", experiment(sticky=True))
    with pytest.raises(AlreadyExists):
        store.create(ACME, "create-other", experiment())
    assert store.list(ACME.tenant, limit=9, after=None, open_at=None).items == (first,)


def test_a_request_is_known_by_what_it_said_also_where_the_experiment_holds_more(store, clock):
    assert store.repeated(ACME, "r", said="now") is None
    first = store.create(ACME, "r", experiment(start_time=clock.now), said="now")
    later = experiment(start_time=clock.advance(5))
    assert store.create(ACME, "r", later, said="now") == first
    assert store.repeated(ACME, "r", said="now") == first
    assert store.repeated(OTHER, "r", said="now") is None
    for ask in (
        lambda: store.repeated(ACME, "r", said="then"),
        lambda: store.create(ACME, "r", later, said="then"),
    ):
        with pytest.raises(AlreadyExists):
            ask()


@pytest.mark.parametrize("name", ["test", "TEST", "tesT"])
def test_a_name_is_taken_for_ever_and_in_any_case(store, name):
    create(store)
    stop(store)
    with pytest.raises(AlreadyExists) as caught:
        store.create(ACME, "another", experiment(name))
    assert caught.value.reason == "EXPERIMENT_ALREADY_EXISTS"
    assert create(store, name, OTHER).experiment.name == name


def test_every_version_is_looked_at_and_nothing_is_left_of_what_failed(store, registry, database):
    variants = halves()
    unknown = replace(variants[1], model_version=VersionName("v20200101_000000_00000000"))
    with pytest.raises(NotFound) as missing:
        create(store, variants=(variants[0], unknown))
    assert missing.value.reason == "MODEL_VERSION_NOT_FOUND"
    registry.retire(ACME, "retire", LEAD_SCORE, [NAMES[1]], "old")
    with pytest.raises(WrongState) as retired:
        create(store)
    assert retired.value.reason == "VERSION_RETIRED"
    assert create(store, caller=OTHER).experiment.variants == variants
    with database.read(ACME.tenant) as connection:
        query = "SELECT count(*) FROM {} WHERE tenant = 'acme'"
        for table in ("experiments", "experiment_allocations", "experiment_progress"):
            assert connection.scalar(text(query.format(table))) == 0


def test_experiments_of_a_layer_get_the_first_free_segments(store, clock):
    def segments(name, share, **changes):
        made = create(store, name, **{"layer": "page", **changes}, traffic_share=share)
        return made.segment_start, made.segment_end

    assert segments("a", 0.3) == (0, 3_000)
    assert segments("b", 0.5, end_time=clock.now + DAY) == (3_000, 8_000)
    assert segments("elsewhere", 0.5, layer="mail") == (0, 5_000)
    assert segments("alone", 1.0, layer="") == segments("alone-too", 1.0, layer="") == (0, 10_000)
    assert create(store, "theirs", OTHER, layer="page").segment_start == 0
    with pytest.raises(WrongState) as full:
        segments("c", 0.2001)
    assert full.value.reason == "LAYER_FULL"
    assert segments("c", 0.2) == (8_000, 10_000)
    stop(store, "a")
    assert segments("d", 0.1) == (0, 1_000)
    clock.now += DAY
    assert segments("e", 0.7) == (1_000, 8_000)


def test_however_many_come_at_once_no_segment_and_no_name_is_given_twice(store):
    together = threading.Barrier(WIDE)

    def ask(number):
        together.wait()
        name = "same" if number % 2 else f"e{number}"
        try:
            return store.create(ACME, f"r{number}", experiment(name, layer="page", traffic_share=0.2))
        except LeadlineError as error:
            return error.reason

    with ThreadPoolExecutor(WIDE) as threads:
        answers = list(threads.map(ask, range(WIDE)))
    made = [answer for answer in answers if not isinstance(answer, str)]
    assert sorted(one.segment_start for one in made) == [0, 2_000, 4_000, 6_000, 8_000]
    assert answers.count("EXPERIMENT_ALREADY_EXISTS") == 3
    assert sum(one.experiment.name == "same" for one in made) == 1


def test_an_experiment_is_stopped_once_and_keeps_its_winner(store, clock):
    create(store)
    clock.advance(60)
    stopped = stop(store, winner="treatment", reason="it is better")
    assert (stopped.stop_time, stopped.winner, stopped.stop_reason) == (clock.now, "treatment", "it is better")
    assert stopped.state(clock.now) is ExperimentState.STOPPED
    clock.advance(60)
    assert stop(store, winner="treatment", reason="it is better") == stopped
    for request_id, error in (("another", WrongState), ("stop", AlreadyExists)):
        with pytest.raises(error) as caught:
            stop(store, request_id=request_id, winner="control")
        assert caught.value.reason in {"EXPERIMENT_STOPPED", "REQUEST_ALREADY_EXISTS"}
    assert store.get(ACME.tenant, "test") == stopped


def test_one_that_ended_can_be_stopped_to_name_a_winner(store, clock):
    create(store, end_time=clock.now + DAY)
    clock.now += 2 * DAY
    assert store.get(ACME.tenant, "test").state(clock.now) is ExperimentState.ENDED
    stopped = stop(store, winner="control")
    assert (stopped.winner, stopped.stop_time) == ("control", clock.now)
    assert stopped.over_time == clock.now - DAY


def test_what_is_not_there_cannot_be_stopped_and_cannot_win(store):
    with pytest.raises(NotFound, match="experiment"):
        stop(store)
    create(store)
    with pytest.raises(NotFound) as caught:
        stop(store, winner="nobody")
    assert caught.value.reason == "VARIANT_NOT_FOUND"
    with pytest.raises(NotFound):
        store.stop(OTHER, "stop", "test", winner="", reason="")
    assert store.get(ACME.tenant, "test").stop_time is None


def test_the_list_is_newest_first_in_pages_and_of_open_ones_if_asked(store, clock):
    for number in range(7):
        changes = {"end_time": clock.now + DAY} if number == 3 else {"start_time": clock.now + 9 * DAY}
        create(store, f"e{number}", **changes)
        clock.advance(number % 2)
    stop(store, "e5")

    def names(open_at=None):
        found, after = [], None
        while True:
            page = store.list(ACME.tenant, limit=2, after=after, open_at=open_at)
            found += [one.experiment.name for one in page.items]
            after = page.next_key
            if after is None:
                return found
            assert len(page.items) == 2

    assert names() == ["e6", "e5", "e4", "e3", "e2", "e1", "e0"]
    assert names(clock.now) == ["e6", "e4", "e3", "e2", "e1", "e0"]
    assert names(clock.now + DAY) == ["e6", "e4", "e2", "e1", "e0"]
    assert store.list(OTHER.tenant, limit=9, after=None, open_at=None).items == ()
    with pytest.raises(InvalidInput):
        store.list(ACME.tenant, limit=9, after="x", open_at=None)


def test_the_open_ones_of_all_tenants_are_those_of_which_anything_may_still_become_known(store, clock, database):
    create(store, "window", conversion_window=3 * DAY)
    create(store, "ends", end_time=clock.now + 2 * DAY)
    create(store, "later", OTHER, start_time=clock.now + 99 * DAY)
    everything = [("acme", "ends"), ("acme", "window"), ("other", "later")]
    assert store.open_everywhere(clock.now) == everything
    stop(store, "window")
    stop(store, "ends", request_id="stop-too")
    hour = timedelta(hours=1)
    for name, final in (("ends", clock.now + DAY), ("window", clock.now + 4 * DAY)):
        refreshed(database, name, final - hour)
        assert store.open_everywhere(final - hour) == everything
        assert store.open_everywhere(final) == everything, "it has not been refreshed since"
        refreshed(database, name, final)
        assert store.open_everywhere(final - hour) == everything
        everything = everything[1:]
        assert store.open_everywhere(final) == everything


def refreshed(database, name, moment):
    with SqlUnitStore(database).session(ACME.tenant, name) as session:
        session.finish(moment, {})


def test_the_revision_changes_with_every_change_even_within_one_microsecond(store, clock):
    seen = [store.revision()]
    for change in (
        lambda: create(store, "a"),
        lambda: create(store, "b", OTHER),
        lambda: stop(store, "a"),
        lambda: store.reallocate(OTHER.tenant, "b", spread(1, clock.now)),
        lambda: store.reallocate(OTHER.tenant, "b", spread(2, clock.now)),
        lambda: store.stop(OTHER, "stop", "b", winner="", reason=""),
    ):
        change()
        seen.append(store.revision())
    assert len(set(seen)) == len(seen)
    stop(store, "a")
    store.reallocate(OTHER.tenant, "b", spread(2, clock.now))
    assert store.revision() == seen[-1]


def spread(number, moment, control=0.25) -> Allocation:
    return Allocation(number=number, shares={"control": control, "treatment": 1 - control}, start_time=moment)


def test_the_first_allocation_is_what_was_set_and_others_follow_in_turn(store, clock):
    create(store, start_time=clock.now + DAY)
    as_set = Allocation(number=0, shares={"control": 0.5, "treatment": 0.5}, start_time=clock.now + DAY)
    assert store.allocation(ACME.tenant, "test") == as_set
    assert not store.reallocate(ACME.tenant, "test", spread(0, clock.now))
    assert not store.reallocate(ACME.tenant, "test", spread(2, clock.now))
    assert store.reallocate(ACME.tenant, "test", spread(1, clock.now, control=1 / 3))
    assert not store.reallocate(ACME.tenant, "test", spread(1, clock.now))
    assert store.allocations(ACME.tenant, "test") == [as_set, spread(1, clock.now, control=1 / 3)]
    assert store.allocation(ACME.tenant, "test").number == 1
    for ask in (
        lambda: store.allocation(OTHER.tenant, "test"),
        lambda: store.allocations(OTHER.tenant, "test"),
        lambda: store.reallocate(OTHER.tenant, "test", spread(2, clock.now)),
    ):
        with pytest.raises(NotFound):
            ask()


def test_one_of_many_makes_the_next_allocation(store, clock):
    create(store)
    together = threading.Barrier(WIDE)

    def ask(number):
        together.wait()
        return store.reallocate(ACME.tenant, "test", spread(1, clock.now, control=number / 10))

    with ThreadPoolExecutor(WIDE) as threads:
        assert sum(threads.map(ask, range(WIDE))) == 1
    assert [one.number for one in store.allocations(ACME.tenant, "test")] == [0, 1]


def test_who_created_and_stopped_one_is_audited_once(store, database):
    create(store, description="try it")
    create(store, description="try it")
    stop(store, reason="enough")
    stop(store, reason="enough")
    query = "SELECT action, target, reason FROM audit_records WHERE action LIKE 'Experiment%' ORDER BY sequence"
    with database.read(ALL_TENANTS) as connection:
        assert [tuple(row) for row in connection.execute(text(query))] == [
            ("ExperimentService/CreateExperiment", "test", "try it"),
            ("ExperimentService/StopExperiment", "test", "enough"),
        ]
