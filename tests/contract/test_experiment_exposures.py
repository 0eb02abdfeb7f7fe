from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.adapters.sql.engine import open_database
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.tables import experiment_exposures, experiment_leads
from core.adapters.sql.walls import ALL_TENANTS
from tests.parts.feedback_rows import day
from tests.parts.trials import ACME, OTHER, exposure, linked

WIDE = 8


@pytest.fixture
def store(database) -> SqlExposureStore:
    return SqlExposureStore(database)


def rows(database, table):
    with database.read(ALL_TENANTS) as connection:
        return connection.execute(select(table).order_by(*table.primary_key.columns)).all()


def test_the_first_exposure_to_a_variant_stays(store, database):
    first = exposure(at=day(1), baseline_score=12.25, propensity=1 / 3, allocation=4, is_override=True)
    assert store.record(ACME.tenant, first, linked("a", 33.3)) == first
    again = replace(first, exposure_time=day(2), propensity=0.9, baseline_score=None, allocation=5)
    assert store.record(ACME.tenant, again, linked("a", 44.4)) == first
    assert len(rows(database, experiment_exposures)) == 1
    (link,) = rows(database, experiment_leads)
    assert (link.lead_id, link.variant, link.score, link.source) == ("a", "control", 33.3, "model")
    assert link.first_time == day(1)


def test_more_leads_of_a_unit_are_linked_each_when_it_came(store, database):
    store.record(ACME.tenant, exposure(at=day(1)), None)
    store.record(ACME.tenant, exposure(at=day(2)), linked("a"))
    store.record(ACME.tenant, exposure(at=day(3)), linked("b"))
    assert [(link.lead_id, link.first_time) for link in rows(database, experiment_leads)] == [
        ("a", day(2)),
        ("b", day(3)),
    ]


def test_a_lead_that_was_linked_without_a_score_gets_the_first_one(store, database):
    for number, lead in enumerate([linked("a", None, ""), linked("a", 20.0, "rules"), linked("a", 30.0)]):
        store.record(ACME.tenant, exposure(at=day(number)), lead)
    store.record(ACME.tenant, exposure(at=day(9)), linked("a", None, ""))
    (link,) = rows(database, experiment_leads)
    assert (link.score, link.source, link.first_time) == (20.0, "rules", day(1))


def test_the_first_exposure_of_a_unit_is_the_earliest_to_any_variant(store):
    assert store.first(ACME.tenant, "test", "u") is None
    late, early = exposure(variant="a", at=day(2)), exposure(variant="b", at=day(1))
    assert store.record(ACME.tenant, late, None) == late
    assert store.record(ACME.tenant, early, None) == early
    assert store.first(ACME.tenant, "test", "u") == early
    assert store.first(ACME.tenant, "test", "U") is None
    assert store.first(ACME.tenant, "another", "u") is None
    assert store.first(OTHER.tenant, "test", "u") is None


def test_units_of_any_script_are_kept_as_they_are(store, database):
    for unit in ("ß" * 128, "ﷺ" * 128, "Ünit 7", "ünit 7"):
        assert store.record(ACME.tenant, exposure(unit), None).unit_id == unit
    folded = {row.unit_id: row.folded_unit for row in rows(database, experiment_exposures)}
    assert folded["Ünit 7"] == folded["ünit 7"]
    assert max(map(len, folded.values())) <= 256


def test_all_that_come_at_once_get_what_one_of_them_wrote(store, database):
    together = threading.Barrier(WIDE)

    def record(number):
        together.wait()
        return store.record(ACME.tenant, exposure(at=day(number)), linked("a", float(number)))

    for _ in range(3):
        with ThreadPoolExecutor(WIDE) as threads:
            kept = set(threads.map(record, range(WIDE)))
        assert len(kept) == 1
    assert store.first(ACME.tenant, "test", "u") in kept
    (link,) = rows(database, experiment_leads)
    assert link.score in set(map(float, range(WIDE)))


def test_many_processes_lose_no_exposure_and_write_none_twice(database_url, database, store):
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(3) as pool:
        answers = pool.starmap(_record_all, [(database_url, number) for number in range(3)])
    kept = rows(database, experiment_exposures)
    assert [row.unit_id for row in kept] == sorted(f"u{number}" for number in range(20))
    times = {row.unit_id: row.exposure_time for row in kept}
    assert all(answer == times for answer in answers)


def _record_all(url, number):
    database = open_database(url)
    try:
        store = SqlExposureStore(database)
        found = {}
        for unit in range(20):
            one = exposure(f"u{unit}", at=day(unit) + timedelta(seconds=number))
            found[one.unit_id] = store.record(ACME.tenant, one, linked(f"lead-{unit}")).exposure_time
        return found
    finally:
        database.close()
