from __future__ import annotations

from datetime import timedelta

import pytest

from core.adapters.sql.experiment_store import SqlExperimentStore
from core.registry.retention import plan_prune
from core.version import LEAD_SCORE
from tests.parts.trials import ACME, NAMES, OTHER, experiment, register

DAY = timedelta(days=1)


@pytest.fixture
def registry(database, clock):
    return register(database, clock, ACME, OTHER)


@pytest.fixture
def store(database, clock) -> SqlExperimentStore:
    return SqlExperimentStore(database, clock)


def pruned(registry, caller=ACME):
    def choose(versions, protected, users):
        return plan_prune(versions, protected=protected, keep_count=1, users=users)

    return set(registry.preview_prune(caller, LEAD_SCORE, choose).pruned)


def retired(registry, request_id="retire", caller=ACME):
    return {version.manifest.version for version in registry.retire(caller, request_id, LEAD_SCORE, NAMES[:2], "old")}


def test_versions_under_test_are_neither_pruned_nor_retired(registry, store, clock):
    store.create(ACME, "r", experiment(start_time=clock.now + 30 * DAY))
    assert pruned(registry) == set()
    assert retired(registry) == set()
    assert pruned(registry, OTHER) == set(NAMES[:2])
    assert retired(registry, caller=OTHER) == set(NAMES[:2])


@pytest.mark.parametrize("way", ["it was stopped", "it ended"])
def test_they_stay_for_a_week_once_it_is_over(registry, store, clock, way):
    ends = way == "it ended"
    store.create(ACME, "r", experiment(end_time=clock.now + DAY if ends else None))
    clock.now += DAY
    if not ends:
        store.stop(ACME, "s", "test", winner="", reason="")
    clock.now += timedelta(days=7, seconds=-1)
    assert pruned(registry) == retired(registry) == set()
    clock.advance(2)
    assert pruned(registry) == set(NAMES[:2])
    assert retired(registry, "again") == set(NAMES[:2])


def test_an_experiment_that_ended_long_ago_protects_nothing_when_it_is_stopped_to_name_a_winner(registry, store, clock):
    store.create(ACME, "r", experiment(end_time=clock.now + DAY))
    clock.now += 30 * DAY
    store.stop(ACME, "s", "test", winner="control", reason="")
    assert pruned(registry) == set(NAMES[:2])
