from __future__ import annotations

from dataclasses import replace

from core.adapters.sql.served_vector_store import SqlServedVectorStore
from core.behavior.served_vectors import ServedVector
from core.identifiers import LeadId, TenantId

ACME, OTHER = TenantId("acme"), TenantId("other")


def vector(name: str = "v1", moment_us: int = 1_000, **fields) -> ServedVector:
    return ServedVector(
        **{
            "tenant": ACME,
            "vector_id": name,
            "lead_id": LeadId("ann"),
            "plan_hash": "p",
            "version": "",
            "moment_us": moment_us,
            "up_to_sequence": 0,
            "features": {"third": 1 / 3, "none": None, "kind": "Ça", "whole": 2.0},
            **fields,
        }
    )


def sample(store, **asked):
    return store.sample(ACME, **{"plan_hash": "p", "since_us": 0, "until_us": 10**9, "limit": 10, **asked})


def test_a_vector_comes_back_to_the_last_bit(database):
    store = SqlServedVectorStore(database)
    store.append([vector(), vector("v2", tenant=OTHER)])
    assert sample(store) == [vector()]


def test_a_batch_that_is_written_again_changes_nothing(database):
    store = SqlServedVectorStore(database)
    store.append([vector()])
    store.append([vector(version="another"), vector("v2")])
    assert sample(store) == [vector(), vector("v2")]


def test_a_sample_is_of_one_plan_and_a_span_of_time(database):
    store = SqlServedVectorStore(database)
    kept = [vector(f"v{moment}", moment) for moment in range(5)]
    store.append([*kept, replace(kept[2], vector_id="x", plan_hash="another")])
    assert sample(store, since_us=1, until_us=4) == kept[1:4]
    assert sample(store, limit=2) == kept[:2]


def test_old_vectors_go(database):
    store = SqlServedVectorStore(database)
    store.append([vector("old", 9), vector("new", 10), vector("foreign", 1, tenant=OTHER)])
    assert store.prune(ACME, before_us=10) == 1
    assert [one.vector_id for one in sample(store)] == ["new"]
    assert store.prune(OTHER, before_us=10) == 1
