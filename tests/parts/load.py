"""Constant load on a server from several threads, every answer kept."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from leadline.v1 import lead_pb2
from leadline.v1 import scoring_service_pb2 as pb

from tests.parts.messages import lead_message
from tests.parts.serving import Stubs

BATCH = 8
FIRST_PAUSE, MOST_PAUSE = 0.02, 0.4
"""Seconds between a failed call and the next."""


@dataclass
class Load:
    """What the callers saw."""

    leads: list[lead_pb2.Lead]
    answers: list[tuple[int, pb.LeadScore]] = field(default_factory=list)
    """Number of the lead, and what was said of it."""
    batches: list[set[str]] = field(default_factory=list)
    """The versions within each batch."""
    codes: Counter[str] = field(default_factory=Counter)
    """Calls by the name of their status."""
    failures: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """Of each call that was answered."""

    @property
    def calls(self) -> int:
        return sum(self.codes.values())


@contextmanager
def constant_load(target: str, *, threads: int = 4, pause: float = 0.0) -> Iterator[Load]:
    """Call Score and BatchScore in turns, without end, until the block ends."""
    load = Load(leads=[lead_message(number) for number in range(200)])
    stop = threading.Event()
    callers = [threading.Thread(target=_call, args=(target, load, stop, n, pause)) for n in range(threads)]
    for caller in callers:
        caller.start()
    try:
        yield load
    finally:
        stop.set()
        for caller in callers:
            caller.join()


def _call(target: str, load: Load, stop: threading.Event, seed: int, pause: float) -> None:
    number = 50 * seed
    with Stubs(target) as stubs:
        while not stop.wait(pause):
            number += 1
            started = time.perf_counter()
            try:
                if number % 4:
                    _score(stubs, load, number % len(load.leads))
                else:
                    _batch(stubs, load, number % len(load.leads))
            except grpc.RpcError as error:
                load.codes[error.code().name] += 1
                load.failures.append(f"{error.code().name}: {error.details()}")
                pause = min(MOST_PAUSE, 2 * pause or FIRST_PAUSE)  # as every client does that retries
            else:
                load.codes["OK"] += 1
                load.seconds.append(time.perf_counter() - started)


def _score(stubs: Stubs, load: Load, number: int) -> None:
    answer = stubs.scoring.Score(pb.ScoreRequest(lead=load.leads[number], max_contributions=2), timeout=10)
    load.answers.append((number, answer.result))


def _batch(stubs: Stubs, load: Load, number: int) -> None:
    chosen = [(number + offset) % len(load.leads) for offset in range(BATCH)]
    request = pb.BatchScoreRequest(leads=[load.leads[n] for n in chosen])
    results = [result.result for result in stubs.scoring.BatchScore(request, timeout=10).results]
    load.answers.extend(zip(chosen, results, strict=True))
    load.batches.append({result.model_version for result in results})
