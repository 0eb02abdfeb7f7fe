from __future__ import annotations

from datetime import timedelta

from core.health.standing_store import NewReading
from core.health.unwritten import LONGEST_SECONDS, MOST, Unwritten, with_readings
from core.identifiers import LeadId, TenantId
from tests.parts.health import NOW

ACME = TenantId("acme")


def reading(lead_id: str = "l1", minutes: int = 0, score: float = 50.0) -> NewReading:
    return NewReading(tenant=ACME, lead_id=LeadId(lead_id), score=score, read_time=NOW + timedelta(minutes=minutes))


def test_what_is_on_its_way_is_known_until_it_is_written():
    waiting = Unwritten()
    first, second, third = reading(), reading(minutes=1), reading("l2")
    for one in (first, second, third):
        waiting.add(one)
    assert list(waiting.of(ACME, LeadId("l1"))) == [first, second]
    waiting.written([first, third])
    assert list(waiting.of(ACME, LeadId("l1"))) == [second]
    assert not waiting.of(ACME, LeadId("l2"))
    assert not waiting.of(TenantId("other"), LeadId("l1"))


def test_what_is_not_written_in_time_counts_as_lost():
    now = 0.0
    waiting = Unwritten(lambda: now)
    waiting.add(reading())
    now = LONGEST_SECONDS - 1.0
    assert waiting.of(ACME, LeadId("l1"))
    now = LONGEST_SECONDS
    assert not waiting.of(ACME, LeadId("l1"))


def test_the_eldest_give_way():
    waiting = Unwritten()
    for number in range(MOST + 1):
        waiting.add(reading(str(number)))
    assert not waiting.of(ACME, LeadId("0"))
    assert waiting.of(ACME, LeadId("1"))


def test_readings_that_are_stored_already_change_nothing():
    some = [reading(score=10.0), reading(minutes=1, score=90.0)]
    stored = with_readings(None, some)
    assert with_readings(stored, some) == stored
    assert with_readings(with_readings(None, some[:1]), some) == stored
    assert with_readings(None, []) is None
