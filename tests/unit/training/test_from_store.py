from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_store import SqlLeadStore
from core.caller import LOCAL_CALLER
from core.errors import InvalidInput
from core.lead import Lead, LeadOutcome, LeadWrite, StoredLead
from tests.parts.clock import SetClock
from training.from_store import table_from_store

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def stored(lead_id, *, converted=True, posted=None, created=0, known=0, attributes=None):
    def day(number):
        return None if number is None else DAY + timedelta(days=number)

    outcome = None if converted is None else LeadOutcome(converted=converted, outcome_time=day(known))
    lead = Lead(lead_id=lead_id, posted_time=day(posted), attributes=attributes or {})
    return StoredLead(lead=lead, outcome=outcome, create_time=day(created), update_time=day(created), revision=1)


def ids(table):
    return [lead.lead_id for lead in table.leads]


def test_leads_are_in_the_order_in_which_they_were_posted_else_recorded():
    rows = [
        stored("c", posted=3, created=0, known=9),
        stored("a", posted=1, created=9, known=5, converted=False),
        stored("b", created=2, known=7),
    ]
    table = table_from_store(rows, min_samples=1)
    assert ids(table) == ["a", "b", "c"]
    assert table.outcomes.tolist() == [False, True, True]
    assert table.moments == tuple(DAY + timedelta(days=n) for n in (1, 2, 3))
    assert table.outcome_times == tuple(DAY + timedelta(days=n) for n in (5, 7, 9))
    assert table.order.tolist() == [0, 1, 2]
    assert table.places == ("lead a", "lead b", "lead c")


def test_leads_without_an_outcome_are_left_out():
    table = table_from_store([stored("a"), stored("b", converted=None), stored("c", converted=False)], min_samples=2)
    assert ids(table) == ["a", "c"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.0, 2.5], "numeric"),
        ([1.0, "two"], "categorical"),
        (["one", "two"], "categorical"),
        ([True, False], "categorical"),
        ([1.0, True], "categorical"),
        ([1.0, ""], "numeric"),  # an empty text is a missing value
        (["", ""], None),
        ([0.0, 0.0], "numeric"),
    ],
)
def test_an_attribute_is_numeric_if_it_is_a_number_wherever_it_is_known(values, kind):
    rows = [stored(f"l{i}", converted=i == 0, attributes={"x": value}) for i, value in enumerate(values)]
    table = table_from_store(rows, min_samples=1)
    assert table.numeric_attributes == (("x",) if kind == "numeric" else ())
    assert table.categorical_attributes == (("x",) if kind == "categorical" else ())


def test_attributes_are_listed_in_one_order():
    rows = [
        stored("a", attributes={"z": 1.0, "b": "x"}),
        stored("b", converted=False, attributes={"a": "y", "c": 2.0}),
    ]
    table = table_from_store(rows, min_samples=1)
    assert table.numeric_attributes == ("c", "z")
    assert table.categorical_attributes == ("a", "b")


def test_the_fingerprint_follows_leads_and_outcomes():
    def fingerprint(**change):
        return table_from_store([stored("a", **change), stored("b", converted=False)], min_samples=1).fingerprint

    assert fingerprint() == fingerprint()
    assert len({fingerprint(), fingerprint(known=1), fingerprint(posted=1), fingerprint(attributes={"x": 1.0})}) == 4


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], "20 leads"),
        ([stored(f"l{i}", converted=i % 2 == 0) for i in range(19)], "not 19"),
        ([stored(f"l{i}", converted=None) for i in range(50)], "not 0"),
        ([stored(f"l{i}", converted=True) for i in range(50)], "did not"),
        ([stored(f"l{i}", converted=False) for i in range(50)], "converted"),
    ],
)
def test_too_few_leads_or_one_outcome_are_refused(rows, word):
    with pytest.raises(InvalidInput) as refused:
        table_from_store(rows, min_samples=20)
    (violation,) = refused.value.violations
    assert violation.field == "store"
    assert word in violation.rule


def test_a_real_store_gives_a_table(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/leadline.db")
    database.migrate()
    clock = SetClock()
    store = SqlLeadStore(database, clock)
    for number in range(6):
        clock.advance(60)
        outcome = LeadOutcome(converted=number % 2 == 0) if number < 5 else None
        lead = Lead(lead_id=f"l{number}", title="x", attributes={"size": float(number)})
        store.upsert(LOCAL_CALLER, f"r{number}", [LeadWrite(lead=lead, outcome=outcome)])
    table = table_from_store(store.labelled(LOCAL_CALLER.tenant), min_samples=5)
    database.close()
    assert ids(table) == [f"l{n}" for n in range(5)]
    assert table.outcomes.tolist() == [True, False, True, False, True]
    assert table.numeric_attributes == ("size",)
    assert None not in table.outcome_times
