from __future__ import annotations

from dataclasses import replace

import pytest

from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.state_store import SqlStateStore
from core.behavior.lead_history import LeadKeeping, LeadSnapshot
from core.behavior.lead_loading import LeadLoader
from core.behavior.live import LiveLeads
from core.behavior.plan import LEAD_PLAN
from core.behavior.snapshotting import SnapshotLeads, SnapshotReport
from core.caller import Caller
from core.features.streams.live import StreamState
from core.identifiers import LeadId, TenantId
from core.recommend.lead_fold import InteractionFolds
from tests.parts.events import event

ACME, OTHER = TenantId("acme"), TenantId("other")
CALLER = Caller(tenant=ACME, actor="shop")
ANN = LeadId("ann")


@pytest.fixture
def log(database, clock):
    return SqlEventLog(database, clock)


@pytest.fixture
def states(database, clock):
    return SqlStateStore(database, clock)


@pytest.fixture
def loader(log, states):
    return LeadLoader(log, states, LeadKeeping(plan=LEAD_PLAN, folds=InteractionFolds()))


def snapshot(sequence: int = 5, **fields) -> LeadSnapshot:
    held = {"lead_id": ANN, "plan_hash": "p", "recorded_us": 1_772_323_200_000_001, "state": b"\x00s", **fields}
    return LeadSnapshot(sequence=sequence, interactions=b"\xffi", **held)


def record(log, *leads: str, start: int = 0, item_id: str = "") -> None:
    sent = [event(f"{start + place}", lead, item_id=item_id) for place, lead in enumerate(leads)]
    for first in range(0, len(sent), 500):
        log.append(CALLER, "", sent[first : first + 500])


def test_a_copy_comes_back_as_it_was_and_is_the_tenants_own(states):
    assert states.get(ACME, ANN) is None
    assert states.save(ACME, [snapshot(), snapshot(lead_id=LeadId("bob"))], erasures=0)
    assert states.get(ACME, ANN) == snapshot()
    assert states.get(OTHER, ANN) is None


def test_only_a_newer_copy_or_one_of_another_plan_takes_its_place(states):
    for one in (snapshot(5), snapshot(4, state=b"older"), snapshot(5, state=b"same")):
        states.save(ACME, [one], erasures=0)
    assert states.get(ACME, ANN) == snapshot(5)
    states.save(ACME, [snapshot(6, state=b"newer")], erasures=0)
    assert states.get(ACME, ANN).state == b"newer"
    states.save(ACME, [snapshot(2, plan_hash="q")], erasures=0)
    assert states.get(ACME, ANN) == snapshot(2, plan_hash="q")


def test_nothing_is_stored_of_what_was_read_before_a_lead_was_erased(database, log, states):
    record(log, "ann", "bob")
    before = log.head(ACME).erasures
    assert states.save(ACME, [snapshot()], erasures=before)
    with database.write(ACME) as connection:
        erase_lead(connection, ACME, ANN)
    assert states.get(ACME, ANN) is None
    assert not states.save(ACME, [snapshot()], erasures=before)
    assert states.get(ACME, ANN) is None
    assert states.save(ACME, [snapshot(lead_id=LeadId("bob"))], erasures=before + 1)


def test_the_cursor_never_goes_back(states):
    assert states.cursor(ACME) == 0
    states.move_cursor(ACME, 7)
    states.move_cursor(ACME, 3)
    assert (states.cursor(ACME), states.cursor(OTHER)) == (7, 0)


def test_leads_are_busy_by_what_they_did_since(log, states):
    record(log, *["ann"] * 3, "bob", "bob")
    assert states.busy_leads(ACME, after=0, until=5, least=2) == ["ann", "bob"]
    assert states.busy_leads(ACME, after=0, until=4, least=2) == ["ann"]
    assert states.busy_leads(ACME, after=2, until=5, least=2) == ["bob"]
    assert states.busy_leads(OTHER, after=0, until=5, least=1) == []


def test_a_night_stores_the_leads_that_did_much(log, states, loader):
    record(log, *["ann"] * 450, *["bob"] * 30, item_id="loft")
    assert SnapshotLeads(log, states, loader).run(ACME) == SnapshotReport(1, 480)
    assert states.get(ACME, LeadId("bob")) is None
    assert states.get(ACME, ANN).sequence == 450
    record(log, *["ann"] * 10, start=1000)
    assert SnapshotLeads(log, states, loader).run(ACME) == SnapshotReport(0, 490)
    record(log, *["ann"] * 210, start=2000)
    assert SnapshotLeads(log, states, loader).run(ACME) == SnapshotReport(1, 700)
    assert states.get(ACME, ANN).sequence == 700


def test_a_night_in_which_a_lead_is_erased_leaves_the_others_to_the_next(database, log, states, loader):
    record(log, *["ann"] * 300, *["bob"] * 300)
    get = states.get

    def erase_first(tenant, lead_id):
        states.get = get
        with database.write(ACME) as connection:
            erase_lead(connection, ACME, ANN)
        return get(tenant, lead_id)

    states.get = erase_first
    assert SnapshotLeads(log, states, loader).run(ACME) == SnapshotReport(0, 0)
    assert SnapshotLeads(log, states, loader).run(ACME) == SnapshotReport(1, 600)
    assert states.get(ACME, ANN) is None
    assert states.get(ACME, LeadId("bob")).sequence == 600


def test_a_lead_read_from_its_copy_is_what_its_whole_log_says(log, states, loader, clock):
    record(log, *["ann"] * 300, item_id="loft")
    SnapshotLeads(log, states, loader).run(ACME)
    clock.advance(60)
    record(log, *["ann"] * 30, start=1000, item_id="den")
    now_us = log.head(ACME).recorded_us + 1
    whole = StreamState(LEAD_PLAN)
    for one in log.of_lead(ACME, ANN):
        whole.add(one)
    found = LiveLeads(loader, log, states).get(ACME, ANN, now_us)
    assert found.values == whole.values(now_us)
    assert found.up_to_sequence == 330


def test_a_damaged_copy_is_as_good_as_none(log, states, loader):
    record(log, *["ann"] * 300)
    SnapshotLeads(log, states, loader).run(ACME)
    kept = states.get(ACME, ANN)
    for damage in ({"state": b"no"}, {"interactions": b"no"}):
        states.save(ACME, [replace(kept, sequence=kept.sequence + 1, **damage)], erasures=0)
        kept = states.get(ACME, ANN)
        assert LiveLeads(loader, log, states).get(ACME, ANN, 0).event_count == 300
