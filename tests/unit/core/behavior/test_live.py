from __future__ import annotations

import threading
from datetime import timedelta
from random import Random

import pytest

from core.behavior.lead_history import LeadKeeping, NoFold
from core.behavior.lead_loading import FEW_EVENTS, LeadLoader
from core.behavior.live import LiveLeads
from core.behavior.live_entry import MOST_WAITING
from core.behavior.live_leads import LiveLimits
from core.behavior.plan import LEAD_PLAN
from core.errors import DeadlineSpent, DependencyDown
from core.event import Event
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import StreamFeature, StreamPlan
from core.features.streams.live import StreamState
from core.identifiers import LeadId, TenantId
from core.recommend.lead_fold import InteractionFolds
from tests.parts.listed_log import SECOND_US, START_US, ListedLog, event
from tests.parts.listed_states import ListedStates

TENANT = TenantId("acme")
NOW_US = START_US + 10**6 * SECOND_US
PLAN = StreamPlan(
    name="lead",
    aggregates=(
        Aggregate(name="count", function=Function.COUNT),
        Aggregate(name="squares", function=Function.SQUARES, field=Unit.QUANTITY),
        Aggregate(name="last_us", function=Function.MAX, field=Unit.OCCURRED),
        Aggregate(name="kinds", function=Function.HISTOGRAM, field=Unit.KIND),
    ),
    features=(
        StreamFeature(
            name="count", family="test", description="Events.", compute=lambda r: float(r["count"]), default=0.0
        ),
        StreamFeature(
            name="squares", family="test", description="Squares.", compute=lambda r: float(r["squares"]), default=-1.0
        ),
        StreamFeature(
            name="age", family="test", description="Age.", compute=lambda r: float(r.moment_us - r["last_us"])
        ),
    ),
    count_name="count",
    last_name="last_us",
)


class Process:
    """One process: its leads in memory, and what it is told of."""

    def __init__(self, log: ListedLog, states: ListedStates | None = None, plan=PLAN, folds=None, **limits) -> None:
        self.states = states or ListedStates()
        self.offered = []
        self.now = 0.0
        keeping = LeadKeeping(plan=plan, folds=folds or NoFold())
        self.live = LiveLeads(
            LeadLoader(log, self.states, keeping),
            log,
            self.states,
            offer=self.offered.append,
            limits=LiveLimits(**limits),
            timer=lambda: self.now,
        )

    def get(self, lead_id: str, moment_us: int = NOW_US):
        return self.live.get(TENANT, LeadId(lead_id), moment_us)

    def count(self, lead_id: str = "ann") -> int:
        return self.get(lead_id).event_count


def worked_out(events: list[Event], lead_id: str, up_to: int, plan=PLAN, moment_us: int = NOW_US) -> dict:
    state = StreamState(plan)
    for one in events:
        if one.lead_id == lead_id and one.sequence <= up_to:
            state.add(one)
    return state.values(moment_us)


def test_a_lead_is_read_once_and_then_kept_up():
    log = ListedLog([event(number, quantity=number) for number in range(1, 6)])
    process = Process(log)
    assert process.count() == 5
    before = list(log.reads)
    process.live.recorded(TENANT, log.record("ann", "bob", quantity=9))
    found = process.get("ann")
    assert found.event_count == 6
    assert found.up_to_sequence == 6
    assert found.values == worked_out(log.events, "ann", 6)
    assert found.last_event_us == START_US + 6 * SECOND_US
    assert log.reads == before


def test_a_lead_without_events_costs_one_read_and_is_remembered():
    log = ListedLog([event(1, "bob")])
    process = Process(log)
    process.count("bob")
    log.reads.clear()
    first, again = process.get("nobody"), process.get("nobody")
    assert log.reads == ["of_lead"]
    assert first.values == again.values == {"count": 0.0, "squares": -1.0, "age": None}
    assert (first.event_count, first.last_event_us, first.up_to_sequence) == (0, None, 0)
    process.live.recorded(TENANT, log.record("nobody"))
    assert process.count("nobody") == 1


def test_what_another_process_recorded_comes_with_a_refresh():
    log = ListedLog([event(1)])
    mine, others = Process(log), Process(log)
    assert mine.count() == others.count() == 1
    others.live.recorded(TENANT, log.record("ann"))
    assert (mine.count(), others.count()) == (1, 2)
    mine.live.refresh()
    assert mine.count() == 2


def test_own_events_after_unseen_ones_of_another_process_leave_no_gap():
    log = ListedLog([event(1)])
    process = Process(log)
    assert process.count() == 1
    log.record("ann")
    process.live.recorded(TENANT, log.record("ann"))
    assert process.get("ann").values == worked_out(log.events, "ann", 3)
    process.live.refresh()
    assert process.get("ann").values == worked_out(log.events, "ann", 3)


def test_events_recorded_while_a_lead_is_read_are_in_it_once():
    log = ListedLog([event(1)])
    process = Process(log)
    process.get("bob")
    log.after_read = lambda: process.live.recorded(TENANT, log.record("ann"))
    assert process.count() == 1
    assert process.count() == 2
    log.record("ann")
    process.live.refresh()
    assert process.count() == 3


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_order_of_things_no_event_is_missed_or_counted_twice(seed):
    chance = Random(seed)
    log, states = ListedLog(), ListedStates()
    leads = ["ann", "bob", "cy", "dee"]
    processes = [Process(log, states, leads=chance.choice((2, 3, 10))) for _ in range(3)]
    untold: list[list[list[Event]]] = [[], [], []]
    for _ in range(150):
        number = chance.randrange(3)
        process = processes[number]
        act = chance.random()
        if act < 0.4:
            untold[number].append(log.record(*chance.choices(leads, k=chance.randint(1, 3)), quantity=2))
        elif act < 0.6 and untold[number]:
            # Threads of one process may tell of what they committed in any order.
            told = untold[number].pop(chance.randrange(len(untold[number])))
            process.live.recorded(TENANT, told)
            for one in told:
                assert process.get(one.lead_id).up_to_sequence >= one.sequence
        elif act < 0.7:
            process.live.refresh()
        elif act < 0.75:
            process.live.store(process.live.memory.entries())
        lead = chance.choice(leads)
        if chance.random() < 0.2:
            log.after_read = lambda: processes[0].live.recorded(TENANT, log.record("ann", "bob"))
        found = process.get(lead)
        assert found.values == worked_out(log.events, lead, found.up_to_sequence)
    log.after_read = None
    for process in processes:
        process.live.refresh()
        for lead in leads:
            assert process.get(lead).values == worked_out(log.events, lead, len(log.events))


def test_the_values_are_never_of_a_moment_before_an_event():
    log = ListedLog([event(1)])
    found = Process(log).get("ann", START_US - SECOND_US)
    assert found.moment_us == START_US + SECOND_US
    assert found.values["age"] == 0.0


def test_while_the_store_is_down_what_is_in_memory_answers():
    log = ListedLog([event(1), event(2, "bob")])
    process = Process(log)
    assert process.count() == 1
    log.record("ann")
    process.live.recorded(TENANT, log.record("ann"))  # not told of the one before: it is behind
    log.is_down = True
    assert process.count() == 1
    with pytest.raises(DependencyDown):
        process.get("bob")
    assert process.live.try_get(TENANT, LeadId("bob"), NOW_US) is None
    with pytest.raises(DependencyDown):
        process.live.refresh()
    log.is_down = False
    assert process.count() == 3
    assert process.count("bob") == 1
    assert process.live.try_get(TENANT, LeadId("bob"), NOW_US).event_count == 1


def test_a_tenant_unknown_to_the_process_is_not_in_memory_while_the_store_is_down():
    log = ListedLog([event(1)])
    log.is_down = True
    process = Process(log)
    assert process.live.try_get(TENANT, LeadId("ann"), NOW_US) is None
    process.live.recorded(TENANT, log.events)
    assert process.live.refresh() is None
    assert len(process.live.memory) == 0


def test_an_erased_lead_is_forgotten_and_the_others_are_read_anew():
    log = ListedLog([event(1), event(2, "bob"), event(3, "bob")])
    process = Process(log)
    assert (process.count(), process.count("bob")) == (1, 2)
    log.erase("bob")
    process.live.refresh()
    assert len(process.live.memory) == 0
    assert (process.count(), process.count("bob")) == (1, 0)
    process.live.recorded(TENANT, log.record("bob"))
    assert process.count("bob") == 1


def test_a_log_put_back_to_before_its_first_event_is_read_anew():
    log = ListedLog([event(1)])
    process = Process(log)
    assert process.count() == 1
    log.put_back()
    process.live.refresh()
    assert process.count() == 0


def test_a_process_that_is_far_behind_forgets_instead_of_reading_it_all():
    log = ListedLog([event(1)])
    process = Process(log)
    assert process.count() == 1
    log.record(*["bob"] * 5_001)
    log.reads.clear()
    process.live.refresh()
    assert "since" not in log.reads
    assert len(process.live.memory) == 0
    log.record("ann")
    assert process.count() == 2


def test_the_least_recently_asked_for_go_first_and_idle_ones_after_a_while():
    log = ListedLog([event(1, "a"), event(2, "b"), event(3, "c")])
    process = Process(log, leads=2, idle=timedelta(minutes=1))
    for lead in ("a", "b", "a", "c"):
        process.get(lead)
    assert [entry.lead_id for entry in process.live.memory.entries()] == ["a", "c"]
    process.now = 59.0
    process.get("c")
    process.now = 61.0
    process.live.refresh()
    assert [entry.lead_id for entry in process.live.memory.entries()] == ["c"]
    process.now = 200.0
    process.live.refresh()
    assert len(process.live.memory) == 0
    assert process.live.memory.tenants() == []
    assert process.count("a") == 1


def test_many_events_of_a_lead_nobody_reads_are_let_go_and_read_later():
    log = ListedLog([event(1)])
    process = Process(log)
    assert process.count() == 1
    for _ in range(MOST_WAITING // 100 + 2):
        process.live.recorded(TENANT, log.record(*["ann"] * 100))
    assert process.get("ann").values == worked_out(log.events, "ann", len(log.events))


def test_a_large_lead_is_stored_and_read_from_its_copy_with_the_events_since():
    log = ListedLog([event(number, quantity=3) for number in range(1, FEW_EVENTS + 52)])
    first = Process(log)
    assert first.count() == FEW_EVENTS + 51
    assert [entry.lead_id for entry in first.offered] == ["ann"]
    first.live.store(first.offered)
    assert first.states.kept["ann"].sequence == FEW_EVENTS + 51
    log.record("ann", quantity=5)
    # What the copy is of is not looked at again: without those events the answer is the same.
    whole = worked_out(log.events, "ann", 10**9)
    log.events[FEW_EVENTS + 1 : FEW_EVENTS + 50] = []
    assert Process(log, first.states).get("ann").values == whole


def test_a_copy_of_another_plan_is_not_used():
    log = ListedLog([event(number) for number in range(1, FEW_EVENTS + 52)])
    first = Process(log, plan=LEAD_PLAN)
    first.get("ann")
    first.live.store(first.offered)
    assert Process(log, first.states).count() == FEW_EVENTS + 51


def test_what_waits_is_added_and_stored_though_nobody_reads_the_lead():
    log = ListedLog([event(1)])
    process = Process(log)
    process.get("ann")
    for _ in range(FEW_EVENTS):
        process.live.recorded(TENANT, log.record("ann"))
    assert [entry.lead_id for entry in process.offered] == ["ann"]
    process.live.store(process.offered)
    assert process.states.kept["ann"].sequence == FEW_EVENTS + 1


def test_a_copy_that_could_not_be_stored_is_stored_later():
    log = ListedLog([event(number) for number in range(1, FEW_EVENTS + 52)])
    process = Process(log)
    process.get("ann")
    save = process.states.save

    def fail(*_, **__):
        process.states.save = save
        raise DependencyDown("store")

    process.states.save = fail
    with pytest.raises(DependencyDown):
        process.live.store(process.offered)
    assert process.states.kept == {}
    process.live.store(process.offered)
    assert process.states.kept["ann"].sequence == FEW_EVENTS + 51


def test_a_copy_is_not_stored_once_a_lead_was_erased():
    log = ListedLog([event(number) for number in range(1, FEW_EVENTS + 52)])
    process = Process(log)
    process.get("ann")
    process.states.erasures = 1
    process.live.store(process.offered)
    assert process.states.kept == {}


def test_a_lead_too_large_to_be_read_now_is_read_on_from_where_it_was_left():
    log = ListedLog([event(number) for number in range(1, 12_001)])
    process = Process(log)
    assert process.live.try_get(TENANT, LeadId("ann"), NOW_US, within=timedelta(seconds=60)) is None
    process.live.store(process.offered)
    assert 5_000 < process.states.kept["ann"].sequence < 12_000
    assert process.live.try_get(TENANT, LeadId("ann"), NOW_US, within=timedelta(seconds=60)) is None
    assert process.live.try_get(TENANT, LeadId("ann"), NOW_US, within=timedelta(seconds=60)).event_count == 12_000


def test_who_waits_for_a_lead_that_another_thread_reads_waits_no_longer_than_it_may():
    log = ListedLog([event(1)])
    process = Process(log)
    reading, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        reading.set()
        go_on.wait(10)

    log.after_read = wait
    reader = threading.Thread(target=process.get, args=("ann",))
    reader.start()
    assert reading.wait(10)
    assert process.live.try_get(TENANT, LeadId("ann"), NOW_US, within=timedelta(milliseconds=5)) is None
    go_on.set()
    reader.join()
    assert process.count() == 1


def test_what_recommenders_know_is_kept_beside_it_and_stored_with_it():
    log = ListedLog([event(number, item_id=f"i{number % 7}") for number in range(1, FEW_EVENTS + 52)])
    first = Process(log, folds=InteractionFolds())

    def wishes(process: Process):
        return process.live.read(TENANT, LeadId("ann"), lambda held: held.fold.interactions())

    assert len(wishes(first)) == 7
    first.live.store(first.offered)
    again = Process(log, first.states, folds=InteractionFolds())
    first.live.recorded(TENANT, log.record("ann", kind="item_saved", item_id="new"))
    assert wishes(again) == wishes(first)
    assert wishes(again)[-1].item_id == "new"


def test_the_plan_of_leads_gives_what_all_events_give():
    log = ListedLog([event(number, item_id="loft", price_e4=number) for number in range(1, 30)])
    process = Process(log, plan=LEAD_PLAN)
    process.get("ann")
    process.live.recorded(TENANT, log.record("ann", kind="item_saved", item_id="loft"))
    assert process.get("ann").values == worked_out(log.events, "ann", 30, LEAD_PLAN)


def test_errors_of_the_deadline_leave_what_was_read():
    log = ListedLog([event(number) for number in range(1, 12_001)])
    process = Process(log)
    with pytest.raises(DeadlineSpent):
        process.live.read(TENANT, LeadId("ann"), lambda _: None, most=5_000)
    log.reads.clear()
    assert process.count() == 12_000
    assert len(log.reads) == 2


def test_leads_that_take_too_much_memory_let_the_least_recent_go():
    large = (event(number, "large", item_id=f"i{number}", item_price_e4=number) for number in range(3, 1_000))
    log = ListedLog([event(1, "small"), event(2, "other"), *large])
    process = Process(log, plan=LEAD_PLAN, size=60_000)
    for lead in ("small", "other", "large"):
        process.get(lead)
    assert len(process.live.memory) == 3
    process.live.store([entry for entry in process.live.memory.entries() if entry.lead_id == "large"])
    assert [entry.lead_id for entry in process.live.memory.entries()] == ["large"]
    assert process.live.memory.size > 22_000
    process.get("small")
    assert [entry.lead_id for entry in process.live.memory.entries()] == ["small"]
    process.live.memory.forget(TENANT)
    assert process.live.memory.size == 0


def test_the_size_of_a_small_lead_follows_its_events():
    log = ListedLog([event(1)])
    process = Process(log)
    process.get("nobody")
    empty = process.live.memory.size
    process.get("ann")
    one = process.live.memory.size
    process.live.recorded(TENANT, log.record(*["ann"] * 20))
    process.get("ann")
    assert empty < one < process.live.memory.size
