"""From nothing to the first answer."""

from __future__ import annotations

import time

import pytest
from leadline.v1 import scoring_service_pb2 as pb

from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_apart

MOST_SECONDS = 5.0
"""Generous, for busy machines; the budget is 1 s, and the benchmarks hold it to that."""


@pytest.mark.parametrize("kind", ["with a model", "empty"])
def test_the_first_score_comes_soon_after_the_start(home, tmp_path, kind, record_testsuite_property):
    place = home if kind == "with a model" else tmp_path / "nothing here yet"
    source = pb.SCORE_SOURCE_MODEL if kind == "with a model" else pb.SCORE_SOURCE_RULES
    with served_apart(place) as process, Stubs(process.wait_until_serving()) as stubs:
        answer = stubs.scoring.Score(pb.ScoreRequest(lead=lead_message()), wait_for_ready=True).result
        seconds = time.perf_counter() - process.spawned
    assert answer.source == source
    assert seconds < MOST_SECONDS
    print(f"{kind}: first score {seconds:.2f} s after the start")  # noqa: T201  shown with -s or -rP
    record_testsuite_property(f"start {kind}", f"{seconds:.3f}")
