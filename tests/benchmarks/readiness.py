"""How long a server process needs from its start to its first answer."""

from __future__ import annotations

import time
from pathlib import Path

import grpc
from leadline.v1 import scoring_service_pb2 as pb
from leadline.v1 import scoring_service_pb2_grpc

from tests.benchmarks.children import running_server
from tests.benchmarks.rounds import Spread, spread


def seconds_to_first_score(folder: Path, request: pb.ScoreRequest, *, starts: int) -> Spread:
    """Start a server ``starts`` times after one start that does not count, and score one lead each time.

    Args:
        folder: Holds the server's whole state, with an active version.
        request: What is asked.
        starts: At least 1.

    Raises:
        RuntimeError: If the first answer is not the model's.
    """
    taken = [_one_start(folder, request) for _ in range(starts + 1)]
    return spread(taken[1:])


def _one_start(folder: Path, request: pb.ScoreRequest) -> float:
    with running_server(folder) as server, grpc.insecure_channel(server.target) as channel:
        answer = scoring_service_pb2_grpc.ScoringServiceStub(channel).Score(request, timeout=10, wait_for_ready=True)
        taken = time.perf_counter() - server.spawn_time
    if answer.result.source != pb.SCORE_SOURCE_MODEL:
        message = "the first answer did not come from the model"
        raise RuntimeError(message)
    return taken
