"""Two servers over one store: what is changed or removed through one, the other soon has no copy of."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest
from leadline.v1 import lead_service_pb2, system_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from core.caller import LOCAL_CALLER
from tests.parts.messages import lead_message
from tests.parts.redis_server import running_redis
from tests.parts.serving import served_here

TENANT = LOCAL_CALLER.tenant
SOON_SECONDS = 5.0
"""It takes half a second where nothing else runs."""


@pytest.fixture(scope="module")
def redis():
    with running_redis() as server:
        yield server


@pytest.fixture(params=["", "redis", "redis that died"])
def redis_url(request):
    if not request.param:
        return ""
    server = request.getfixturevalue("redis")
    if not server.pid:
        server.start()
    return server.url


@pytest.fixture
def two(home, redis_url, request):
    with served_here(home, redis_url=redis_url) as one, served_here(home, redis_url=redis_url) as other:
        yield one, other


def write(stubs, request_id, title):
    lead = lead_message(1, "shared")
    lead.title = title
    request = lead_service_pb2.UpsertLeadsRequest(request_id=request_id, leads=[lead_service_pb2.LeadWrite(lead=lead)])
    stubs.leads.UpsertLeads(request)


def score(stubs):
    return stubs.scoring.Score(pb.ScoreRequest(lead={"lead_id": "shared"})).result


def until(condition):
    ends = time.monotonic() + SOON_SECONDS
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def title_of_copy(server):
    copy = server.copies.leads.recall(TENANT, "shared")
    return "" if copy is None else copy.stored.lead.title


@pytest.mark.parametrize("change", ["written", "removed"])
def test_a_copy_goes_where_the_lead_was_changed_elsewhere(two, home, change, request, redis_url):
    (one, here), (other, there) = two
    write(here, "r1", "first")
    for stubs in (here, there):
        score(stubs)
    until(lambda: title_of_copy(one) == title_of_copy(other) == "first")
    if "died" in request.node.name:
        request.getfixturevalue("redis").kill()
    if change == "written":
        write(there, "r2", "second")
    else:
        with closing(sqlite3.connect(home / "leadline.db", timeout=5)) as connection, connection:
            connection.execute("DELETE FROM leads WHERE lead_id = 'shared'")
    until(lambda: title_of_copy(one) == title_of_copy(other) == "")


def redis_status(stubs):
    dependencies = stubs.system.GetStatus(system_service_pb2.GetStatusRequest()).dependencies
    return next((dependency for dependency in dependencies if dependency.name == "redis"), None)


def test_the_status_names_no_redis_where_there_is_none(home):
    with served_here(home) as (_, stubs):
        assert redis_status(stubs) is None


@pytest.mark.parametrize("harm", ["kill", "stop", "flush"])
def test_scores_do_not_notice_what_becomes_of_redis(home, harm):
    with running_redis() as redis, served_here(home, redis_url=redis.url) as (_, stubs):
        write(stubs, "r1", "first")
        until(lambda: redis_status(stubs).available)
        getattr(redis, harm)()
        for number in range(30):
            assert not stubs.scoring.Score(pb.ScoreRequest(lead=lead_message(number))).result.warnings
            assert not score(stubs).warnings
        until(lambda: redis_status(stubs).available is (harm == "flush"))
        assert redis_status(stubs).detail
