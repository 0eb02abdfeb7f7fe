"""``python -m tests.benchmarks.refusal``: what it costs a server to refuse a call, beside what it costs to answer one.

Whoever offers ``k`` times what a server can answer leaves it ``(1 - k r) / (1 - r)`` of that, where ``r`` is the cost
of a refusal in answers, as long as processor time is all that limits it.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from tests.benchmarks.children import SERVER, Child, child_environment, listening, server_settings
from tests.benchmarks.messages import Messages
from tests.benchmarks.registered import fit_and_activate, open_trainer, sample_table
from tests.benchmarks.speed import score_messages

LEADS = 800
CALLS = 4_000
ROUNDS = 5
AT_ONCE = 32
"""As many as a lane has seats for, so that the server that answers refuses none."""
OVERLOADS = (2, 5)
_MICRO = 1e6
_REFUSING = {"LEADLINE_TENANT_CALLS_PER_SECOND": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Processor time of the server for one call, microseconds, one figure for each round."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the rounds."""
        return statistics.median(self.rounds)


def call_all(target: str, messages: Messages, count: int) -> Counter[str]:
    """Make calls, a bounded number at once, and return how they ended."""
    ended: Counter[str] = Counter()
    free = threading.Semaphore(AT_ONCE)

    def end(call: Any) -> None:
        ended["OK" if call.exception() is None else call.code().name] += 1
        free.release()

    with grpc.insecure_channel(target) as channel:
        method: Any = channel.unary_unary(messages.method)
        for number in range(count):
            free.acquire()
            method.future(messages.bodies[number % len(messages.bodies)], timeout=30).add_done_callback(end)
        for _ in range(AT_ONCE):
            free.acquire()
    return ended


def measure(name: str, server: Child, messages: Messages, code: str) -> Cost:
    """Return what each call costs the server.

    Raises:
        RuntimeError: If calls end otherwise than they should.
    """
    call_all(server.target, messages, CALLS // 4)
    rounds = []
    for _ in range(ROUNDS):
        used = server.cpu_seconds()
        ended = call_all(server.target, messages, CALLS)
        if ended[code] < 0.97 * CALLS:
            raise RuntimeError(f"{name}: {dict(ended)}")
        rounds.append(_MICRO * (server.cpu_seconds() - used) / CALLS)
    return Cost(name=name, rounds=tuple(rounds))


def report(answers: Cost, refusal: Cost) -> str:
    """Return what the two costs mean."""
    ratio = refusal.median / answers.median
    lines = [
        f"{cost.name}: {cost.median:.0f} µs ({min(cost.rounds):.0f}-{max(cost.rounds):.0f})"
        for cost in (answers, refusal)
    ]
    lines.append(f"a refusal costs {ratio:.2f} of an answer")
    lines += [f"left at {k} x: {max(0.0, (1 - k * ratio) / (1 - ratio)):.0%} of what it can answer" for k in OVERLOADS]
    return "\n".join(lines)


def main() -> None:
    """Fit a small version, then measure both servers."""
    with tempfile.TemporaryDirectory(prefix="leadline-refusal-") as name, ExitStack() as stack:
        folder = Path(name)
        table = sample_table(LEADS, 1)
        trainer = open_trainer(folder)
        fit_and_activate(trainer, table)
        settings = server_settings(folder)
        answering = stack.enter_context(listening(SERVER, child_environment(folder, **settings)))
        refusing = stack.enter_context(listening(SERVER, child_environment(folder, **settings, **_REFUSING)))
        for limit in (0, 5):
            messages = score_messages(table.leads, limit)
            answers = measure(f"Score with {limit} reasons", answering, messages, "OK")
            refusal = measure("refusal", refusing, messages, "RESOURCE_EXHAUSTED")
            print(report(answers, refusal), end="\n\n", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
