"""The measurements of ``make bench``."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import grpc
from leadline.v1 import scoring_service_pb2 as pb

from core.lead import Lead
from server.convert.lead import lead_to_wire
from tests.benchmarks.children import Child, running_null_server, running_server
from tests.benchmarks.load import LoadClient, load_client
from tests.benchmarks.messages import BATCH_SCORE, SCORE, Messages
from tests.benchmarks.rounds import Comparison, Round, alternate

CONCURRENCY = 32
BATCH_CONCURRENCY = 2
"""Two, so that the server need not wait while the client takes an answer in."""
BATCH_SIZE = 1_000
REASONS = 5
_WARM_SECONDS = 1.0
_ANSWERS_LOOKED_AT = 101

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to measure."""

    pairs: int
    seconds: float
    """Of one round."""
    starts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Everything measured on running servers."""

    score: Comparison
    score_alone: Comparison
    """One call in flight."""
    reasons: Comparison
    reasons_alone: Comparison
    batch: Comparison
    resident_mib: float
    """Of the server after all rounds."""
    request_bytes: int
    """Median of the Score requests."""
    answer_bytes: dict[str, int]
    """Of the answer the empty server gave in place of the real one."""


def score_messages(leads: Sequence[Lead], limit: int) -> Messages:
    """Return one Score request for each lead."""
    requests = [pb.ScoreRequest(lead=lead_to_wire(lead), max_contributions=limit) for lead in leads]
    return Messages(name=f"score-{limit}", method=SCORE, bodies=[request.SerializeToString() for request in requests])


def batch_messages(leads: Sequence[Lead]) -> Messages:
    """Return BatchScore requests of 1,000 leads each, no reasons asked for."""
    wires = [lead_to_wire(lead) for lead in leads]
    starts = range(0, len(wires) - BATCH_SIZE + 1, BATCH_SIZE // 2)
    requests = [pb.BatchScoreRequest(leads=wires[start : start + BATCH_SIZE]) for start in starts]
    return Messages(name="batch", method=BATCH_SCORE, bodies=[request.SerializeToString() for request in requests])


def measure_speed(folder: Path, leads: Sequence[Lead], effort: Effort, tell: Tell) -> Speed:
    """Measure the server whose state lies in ``folder`` beside empty servers, with a client in a third process."""
    with ExitStack() as stack:
        client = stack.enter_context(load_client(folder))
        real = stack.enter_context(running_server(folder))
        bench = _Bench(folder, client, real, effort, tell, stack)
        score, reasons = score_messages(leads, 0), score_messages(leads, REASONS)
        bare = bench.compare(score, CONCURRENCY)
        explained = bench.compare(reasons, CONCURRENCY)
        batch = bench.compare(batch_messages(leads), BATCH_CONCURRENCY)
        return Speed(
            score=bare,
            score_alone=bench.compare(score, 1),
            reasons=explained,
            reasons_alone=bench.compare(reasons, 1),
            batch=batch,
            resident_mib=real.resident_mib(),
            request_bytes=int(statistics.median(map(len, score.bodies))),
            answer_bytes=bench.answer_bytes,
        )


class _Bench:
    """The servers and the client of one run."""

    def __init__(  # noqa: PLR0917  what one run is made of
        self, folder: Path, client: LoadClient, real: Child, effort: Effort, tell: Tell, stack: ExitStack
    ) -> None:
        self._folder, self._client, self._real = folder, client, real
        self._effort, self._tell, self._stack = effort, tell, stack
        self._nulls: dict[str, Child] = {}
        self.answer_bytes: dict[str, int] = {}

    def compare(self, messages: Messages, concurrency: int) -> Comparison:
        """Put the same load on the real and on an empty server, in turn."""
        self._tell(f"{messages.name}, {concurrency} in flight")
        path = messages.write(self._folder / f"{messages.name}.bin")
        null = self._null_for(messages)

        def load(server: Child, seconds: float) -> Round:
            return self._client.round(server, path, concurrency=concurrency, seconds=seconds)

        for server in (null, self._real):
            load(server, _WARM_SECONDS)
        seconds = self._effort.seconds
        return alternate(lambda: load(null, seconds), lambda: load(self._real, seconds), pairs=self._effort.pairs)

    def _null_for(self, messages: Messages) -> Child:
        known = self._nulls.get(messages.name)
        if known is None:
            answer = typical_answer(self._real.target, messages)
            self.answer_bytes[messages.name] = len(answer)
            answers = Messages(name=messages.name, method=messages.method, bodies=[answer])
            known = self._nulls[messages.name] = self._stack.enter_context(running_null_server(self._folder, answers))
        return known


def typical_answer(target: str, messages: Messages) -> bytes:
    """Return the answer of middle size among the first answers of a server."""
    with grpc.insecure_channel(target, [("grpc.max_receive_message_length", -1)]) as channel:
        call = channel.unary_unary(messages.method)
        answers = sorted((call(body, timeout=30) for body in messages.bodies[:_ANSWERS_LOOKED_AT]), key=len)
        _check(messages, answers)
    return answers[len(answers) // 2]


def _check(messages: Messages, answers: Sequence[bytes]) -> None:
    """Make sure that what is measured is the model's work, done.

    Raises:
        RuntimeError: If an answer is an error, or not the model's.
    """
    for answer in answers:
        if messages.method == SCORE:
            results = [pb.ScoreResponse.FromString(answer).result]
        else:
            results = [one.result for one in pb.BatchScoreResponse.FromString(answer).results]
        if not results or any(result.source != pb.SCORE_SOURCE_MODEL for result in results):
            message = f"{messages.name}: an answer is not the model's"
            raise RuntimeError(message)
