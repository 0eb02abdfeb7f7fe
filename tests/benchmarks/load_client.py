"""``python -m tests.benchmarks.load_client``: calls a server in a closed loop, in a process of its own.

It reads one JSON object a line, makes that load, and writes one JSON object about it. Requests go out as ready bytes
and answers are not parsed: both would be work of the client, which shares the machine with the server.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import grpc

from tests.benchmarks.messages import read_messages

THREADS_PER_CHANNEL = 8
"""A channel is one connection; real callers have several."""
CALL_LIMIT_SECONDS = 30.0

Call = Callable[..., bytes]


class Caller:
    """Keeps channels open between loads, so that no round pays for connecting."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str, int], Call] = {}

    def load(self, target: str, path: Path, concurrency: int, seconds: float) -> dict[str, object]:
        """Call for ``seconds`` with ``concurrency`` calls in flight and return what happened."""
        messages = read_messages(path)
        threads = [
            Loop(self._call(target, messages.method, number // THREADS_PER_CHANNEL), messages.bodies, number)
            for number in range(concurrency)
        ]
        started = time.perf_counter()
        for thread in threads:
            thread.end = started + seconds
            thread.start()
        for thread in threads:
            thread.join()
        return {
            "seconds": time.perf_counter() - started,
            "latencies": sorted(latency for thread in threads for latency in thread.latencies),
            "failures": [failure for thread in threads for failure in thread.failures],
        }

    def _call(self, target: str, method: str, channel: int) -> Call:
        key = (target, method, channel)
        if key not in self._calls:
            # Channels with the same options would share one connection.
            options = [("leadline.bench.channel", channel), ("grpc.max_receive_message_length", -1)]
            options.append(("grpc.max_send_message_length", -1))
            self._calls[key] = grpc.insecure_channel(target, options).unary_unary(method)
        return self._calls[key]


class Loop(threading.Thread):
    """One caller that asks again as soon as it is answered."""

    def __init__(self, call: Call, bodies: Sequence[bytes], start: int) -> None:
        super().__init__(daemon=True)
        self._call, self._bodies, self._start = call, bodies, start
        self.end = 0.0
        self.latencies: list[float] = []
        self.failures: list[str] = []

    def run(self) -> None:
        """Call until ``end``; requests are taken in turn, each thread beginning at another one."""
        call, bodies, clock = self._call, self._bodies, time.perf_counter
        for position in count(self._start * 61):
            began = clock()
            if began >= self.end:
                return
            try:
                call(bodies[position % len(bodies)], timeout=CALL_LIMIT_SECONDS)
            except grpc.RpcError as error:
                self.failures.append(str(error.code()))
            else:
                self.latencies.append(clock() - began)


def main() -> None:
    """Serve commands until the input ends."""
    caller = Caller()
    for line in sys.stdin:
        command = json.loads(line)
        done = caller.load(command["target"], Path(command["path"]), command["concurrency"], command["seconds"])
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
