"""``python -m tests.benchmarks.null_server FILE``: reads every request, does nothing, answers with a ready message.

It is what remains of the real server when all of Leadline is taken out: the library, the options, the threads, the
generated classes. A request is parsed and the answer is serialised on every call.
"""

from __future__ import annotations

import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import grpc
from leadline.v1 import scoring_service_pb2 as pb
from leadline.v1 import scoring_service_pb2_grpc

from server.listening import channel_options
from tests.benchmarks.messages import SCORE, read_messages

THREADS = 8
"""As the server's default of LEADLINE_MAX_WORKERS."""
OPTIONS = channel_options(timedelta(minutes=5), shared=False)


class NullScoring(scoring_service_pb2_grpc.ScoringServiceServicer):
    """Answers with the same message whatever is asked."""

    def __init__(self, answer: pb.ScoreResponse | pb.BatchScoreResponse) -> None:
        self._answer = answer

    def Score(self, _request: pb.ScoreRequest, _context: grpc.ServicerContext) -> pb.ScoreResponse:  # noqa: N802
        return self._answer

    def BatchScore(self, _request: pb.BatchScoreRequest, _context: grpc.ServicerContext) -> pb.BatchScoreResponse:  # noqa: N802
        return self._answer


def main(path: Path) -> None:
    """Serve the first message of a file until SIGTERM."""
    answers = read_messages(path)
    kind = pb.ScoreResponse if answers.method == SCORE else pb.BatchScoreResponse
    server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(
        NullScoring(kind.FromString(answers.bodies[0])), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    signal.signal(signal.SIGTERM, lambda *_: server.stop(None))
    server.start()
    sys.stderr.write(json.dumps({"message": "serving", "address": f"127.0.0.1:{port}"}) + "\n")
    sys.stderr.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
