"""Refusals on record: each caller and action once a minute, whatever time the caller left."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from core.caller import LOCAL_CALLER
from core.deadline import clear_deadline, set_deadline, time_left
from core.errors import DependencyDown
from core.identifiers import TenantId
from server.access import refusals as module
from server.access.refusals import EVERY_SECONDS, RETRY_SECONDS, Refusals

ROLLBACK = "ModelService/RollbackModel"


class Log:
    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.is_down = False
        self.failures = 0
        self.left: list[timedelta | None] = []
        self.seconds = 1_000.0
        self.refusals = Refusals(self.record, self.failed, lambda: self.seconds)

    def record(self, _caller: object, _action: str, reason: str) -> None:
        self.left.append(time_left())
        if self.is_down:
            raise DependencyDown("store")
        self.reasons.append(reason)

    def failed(self) -> None:
        self.failures += 1


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_refusal_has_time_of_its_own_to_be_recorded(log):
    token = set_deadline(time.monotonic() - 1)
    log.refusals(LOCAL_CALLER, ROLLBACK)
    assert time_left() == timedelta(0), "the caller's deadline is back"
    clear_deadline(token)
    assert log.left[0] > timedelta(seconds=1)


def test_a_flood_of_refusals_is_one_record_a_minute_that_says_how_many(log):
    for _ in range(100):
        log.refusals(LOCAL_CALLER, ROLLBACK)
    assert log.reasons == ["PERMISSION_DENIED"]
    log.seconds += EVERY_SECONDS
    for _ in range(3):
        log.refusals(LOCAL_CALLER, ROLLBACK)
    assert log.reasons[1:] == ["PERMISSION_DENIED; 99 more before it were left out"]
    log.seconds += EVERY_SECONDS
    log.refusals(LOCAL_CALLER, ROLLBACK)
    assert log.reasons[2:] == ["PERMISSION_DENIED; 2 more before it were left out"]


def test_every_tenant_actor_and_action_has_records_of_its_own(log):
    others = [replace(LOCAL_CALLER, actor="eve"), replace(LOCAL_CALLER, tenant=TenantId("acme"))]
    for caller in (LOCAL_CALLER, *others):
        log.refusals(caller, ROLLBACK)
    log.refusals(LOCAL_CALLER, "AccessService/CreateApiKey")
    assert len(log.reasons) == 4


def test_a_refusal_that_could_not_be_recorded_is_counted_and_made_up_for(log):
    log.is_down = True
    with pytest.raises(DependencyDown):
        log.refusals(LOCAL_CALLER, ROLLBACK)
    log.refusals(LOCAL_CALLER, ROLLBACK)
    assert (log.failures, len(log.left)) == (1, 1), "a store that is down is not asked for every refusal"
    log.is_down = False
    log.seconds += RETRY_SECONDS
    log.refusals(LOCAL_CALLER, ROLLBACK)
    assert log.reasons == ["PERMISSION_DENIED; 2 more before it were left out"]


def test_the_memory_of_refusals_is_bounded(log, monkeypatch):
    monkeypatch.setattr(module, "_MOST_KEPT", 3)
    for number in range(10):
        log.refusals(replace(LOCAL_CALLER, actor=f"eve {number}"), ROLLBACK)
    assert (len(log.reasons), len(log.refusals._recent)) == (10, 3)
