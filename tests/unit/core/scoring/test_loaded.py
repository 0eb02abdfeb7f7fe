"""Loading versions: nobody waits for somebody else's, and nobody pushes out somebody else's."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.deadline import set_deadline
from core.errors import DeadlineSpent, NotFound
from core.scoring.loaded import LOADED_LIMIT, PINNED_LIMIT, LoadedModels


class Shelf:
    """Holds the load of "slow" until told to go on."""

    def __init__(self) -> None:
        self.loads: list[tuple[str, str]] = []
        self.began, self.go_on = threading.Event(), threading.Event()

    def load(self, tenant: str, version: str) -> object:
        self.loads.append((tenant, version))
        if version == "slow":
            self.began.set()
            assert self.go_on.wait(10)
        if version == "missing":
            raise NotFound("model_version", version)
        return object()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def loaded(shelf) -> LoadedModels:
    return LoadedModels(shelf.load)


def test_a_slow_load_holds_up_nobody_who_wants_another_version(shelf, loaded):
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(loaded.get, "a", "slow")
        assert shelf.began.wait(10)
        others = [pool.submit(loaded.get, tenant, "v1") for tenant in ("a", "b")]
        assert all(other.result(5) for other in others)
        shelf.go_on.set()
        assert slow.result(5)


def test_who_waits_for_a_load_waits_as_long_as_the_call_may_last(shelf, loaded):
    def call() -> object:
        set_deadline(time.monotonic() + 0.1)
        return loaded.get("a", "slow")

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(loaded.get, "a", "slow")
        assert shelf.began.wait(10)
        with pytest.raises(DeadlineSpent):
            pool.submit(call).result(5)
        shelf.go_on.set()
        assert slow.result(5) is loaded.get("a", "slow")
    assert shelf.loads == [("a", "slow")]


def test_a_tenant_that_names_many_versions_pushes_out_none_of_the_others(shelf, loaded):
    kept = loaded.get("a", "v1")
    for number in range(2 * LOADED_LIMIT):
        loaded.get("b", f"v{number}")
    assert loaded.get("a", "v1") is kept
    assert len(loaded._models) == PINNED_LIMIT + 1


def test_all_tenants_together_keep_few_and_the_least_used_goes(loaded):
    first, second = loaded.get("t0", "v1"), loaded.get("t1", "v1")
    for number in range(2, LOADED_LIMIT):
        loaded.get(f"t{number}", "v1")
    assert loaded.get("t0", "v1") is first
    loaded.get("one more", "v1")
    assert len(loaded._models) == LOADED_LIMIT
    assert loaded.get("t0", "v1") is first
    assert loaded.get("t1", "v1") is not second


def test_made_up_names_leave_nothing_behind(loaded):
    for _ in range(3):
        with pytest.raises(NotFound):
            loaded.get("a", "missing")
    assert (loaded._models, loaded._turns) == ({}, {})
