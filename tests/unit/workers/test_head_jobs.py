from __future__ import annotations

import pytest

from core.identifiers import TenantId
from core.version import HEAD_KINDS, URGENCY
from training.recommend.process import TrainingEnding
from workers.head_jobs import HeadJobs
from workers.settings import read_settings

ACME, BETA = TenantId("acme"), TenantId("beta")


class Process:
    """Stands in for the process that trains."""

    def __init__(self, *, is_done: bool = True) -> None:
        self.is_done = is_done
        self.runs: list[str] = []

    def run(self, tenant: str, request_id: str) -> TrainingEnding:
        assert request_id
        self.runs.append(tenant)
        return TrainingEnding(is_done=self.is_done, reason="" if self.is_done else "it was refused")


class Registry:
    """Says which tenants a version of each kind serves."""

    def __init__(self, served: dict[str, set[TenantId]]) -> None:
        self._served = served

    def active_everywhere(self, kind: str) -> dict[TenantId, None]:
        return dict.fromkeys(self._served.get(kind, set()))


@pytest.fixture
def make(tmp_path):
    def made(served: dict[str, set[TenantId]], *tenants: TenantId, is_done: bool = True):
        settings = read_settings({"LEADLINE_WORKERS_DIR": str(tmp_path / "workers")})
        jobs = HeadJobs(settings, {}, lambda: tenants, lambda: Registry(served))
        process = jobs._process = Process(is_done=is_done)
        return jobs, process

    return made


def everywhere(*tenants: TenantId) -> dict[str, set[TenantId]]:
    return {kind: set(tenants) for kind in HEAD_KINDS}


def test_tenants_with_every_head_need_none(make):
    jobs, process = make(everywhere(ACME, BETA), ACME, BETA)
    assert jobs.missing() == ()
    assert not jobs.give_defaults()
    assert process.runs == []


def test_nobody_needs_none(make):
    jobs, _ = make({})
    assert jobs.missing() == ()


def test_one_process_serves_all_that_lack_a_head(make):
    jobs, process = make({**everywhere(ACME), URGENCY: set()}, ACME, BETA)
    assert jobs.missing() == (ACME, BETA)
    assert jobs.give_defaults()
    assert process.runs == [ACME]


def test_a_training_that_fails_is_told(make):
    jobs, process = make({}, ACME, is_done=False)
    assert not jobs.give_defaults()
    assert process.runs == [ACME]
