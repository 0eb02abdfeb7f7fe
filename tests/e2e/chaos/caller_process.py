"""``python -m tests.e2e.chaos.caller_process``: makes load in a process of its own.

It reads one JSON object a line, says ``started``, makes that load until the time is up or the next line says ``stop``,
and writes one JSON object about every call. Requests go out as ready bytes and answers are not parsed: both would be
work of the client, which shares the machine with the server.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

import grpc
from leadline.errors import ResourceExhausted
from leadline.throttle import Throttle

from tests.benchmarks.messages import read_messages
from tests.e2e.chaos.calls_made import CallsMade
from tests.e2e.chaos.channels import open_channel
from tests.e2e.chaos.verdicts import HELD_BACK, OK, verdict_of

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.005, 0.2
"""Between a failed call and the next of a closed-loop caller."""
_ENOUGH_UNDER_WAY = 4_000
"""Open-loop calls beyond it are counted as not sent: the client would measure itself."""


class Closed(threading.Thread):
    """Asks again as soon as it is answered."""

    def __init__(self, call: Any, bodies: list[bytes], first: int, command: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._call, self._bodies, self._first = call, bodies, first
        self._timeout, self._pause = command["timeout"], command["pause"]
        self.stopped = threading.Event()
        self.made = CallsMade()

    def run(self) -> None:
        number, wait = self._first, 0.0
        while not self.stopped.wait(wait or self._pause):
            number += 1
            began = time.monotonic()
            try:
                self._call(self._bodies[number % len(self._bodies)], timeout=self._timeout)
            except grpc.RpcError as error:
                self.made.add(began, time.monotonic(), verdict_of(error), error.details() or "")
                wait = min(_LONGEST_PAUSE_SECONDS, 2 * wait or _FIRST_PAUSE_SECONDS)
            else:
                self.made.add(began, time.monotonic(), OK)
                wait = 0.0


class Open(threading.Thread):
    """Sends at fixed moments, whatever became of the calls before; time counts from the moment that was planned."""

    def __init__(self, calls: list[Any], bodies: list[bytes], command: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._calls, self._bodies = calls, bodies
        self._gap, self._timeout = 1.0 / command["rate"], command["timeout"]
        self._limit = round(command["seconds"] * command["rate"])
        self.stopped = threading.Event()
        self.made = CallsMade()
        self._throttle = Throttle() if command["throttled"] else None
        self._under_way = 0
        self._changed = threading.Condition()

    def run(self) -> None:
        start = time.monotonic()
        for number in range(self._limit):
            planned = start + number * self._gap
            if self.stopped.wait(max(0.0, planned - time.monotonic())) and self.stopped.is_set():
                break
            self._send(number, planned)
        with self._changed:
            self._changed.wait_for(lambda: self._under_way == 0, self._timeout + 5)

    def _send(self, number: int, planned: float) -> None:
        now = time.monotonic()
        self.made.late(now - planned)
        if self._is_held_back():
            self.made.add(planned, time.monotonic(), HELD_BACK, sent=now)
            return
        with self._changed:
            if self._under_way >= _ENOUGH_UNDER_WAY:
                self.made.unsent += 1
                return
            self._under_way += 1
        call = self._calls[number % len(self._calls)].future(
            self._bodies[number % len(self._bodies)], timeout=self._timeout
        )
        call.add_done_callback(lambda done: self._done(planned, now, done))

    def _is_held_back(self) -> bool:
        if self._throttle is None:
            return False
        try:
            self._throttle.check("")
        except ResourceExhausted:
            return True
        return False

    def _done(self, planned: float, sent: float, call: Any) -> None:
        ended = time.monotonic()
        if self._throttle is not None and call.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
            self._throttle.answered("")
        if call.code() is grpc.StatusCode.OK:
            self.made.add(planned, ended, OK, sent=sent)
        else:
            self.made.add(planned, ended, verdict_of(call), call.details() or "", sent=sent)
        with self._changed:
            self._under_way -= 1
            self._changed.notify()


def run(command: dict[str, Any]) -> dict[str, Any]:
    """Make one load and return what was made of it."""
    messages = read_messages(Path(command["path"]))
    channels = [open_channel(command["target"], retries=command["retries"]) for _ in range(command["channels"])]
    calls = [channel.unary_unary(messages.method) for channel in channels]
    bodies = list(messages.bodies)
    threads: list[Closed | Open] = []
    if command["mode"] == "open":
        threads.append(Open(calls, bodies, command))
    else:
        first = command["first"]
        threads += [
            Closed(calls[number % len(calls)], bodies, 61 * (first + number), command)
            for number in range(command["threads"])
        ]
    gc.disable()
    used = _cpu_seconds()
    began = time.monotonic()
    for thread in threads:
        thread.start()
    sys.stdout.write("started\n")
    sys.stdout.flush()
    _wait(threads, command["mode"])
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    used = _cpu_seconds() - used
    for channel in channels:
        channel.close()
    gc.enable()
    return {"seconds": took, "cpu_seconds": used, **CallsMade.merged([thread.made for thread in threads])}


def _wait(threads: list[Closed | Open], mode: str) -> None:
    """Wait for a word: ``stop`` ends every loop; else an open loop goes on to its planned end."""
    word = sys.stdin.readline().strip()
    if mode == "open" and word != "stop":
        for thread in threads:
            thread.join()
    for thread in threads:
        thread.stopped.set()


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Serve commands until the input ends."""
    for line in sys.stdin:
        made = run(json.loads(line))
        sys.stdout.write(json.dumps(made) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
