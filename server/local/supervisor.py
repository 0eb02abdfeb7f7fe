"""Starts the parts of a run, starts those again that end, and stops them all."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FrameType

from server.local.speech import say
from server.local.tether import end_group, start_tethered, untether
from server.pool.backoff import Backoff

LOOK_SECONDS = 0.2
STOP_SECONDS = 30.0
"""Longest wait for parts that were asked to stop."""
RAN_WELL_SECONDS = 20.0
"""A part that ran for so long is started again without delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of a run."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    is_needed_to_stop: bool = False
    """Whether others need it until they have stopped."""


@dataclass(slots=True, kw_only=True)
class _Running:
    part: Part
    process: subprocess.Popen[bytes]
    backoff: Backoff
    since: float
    start_again: float | None = None


class Supervisor:
    """Watches the parts from one thread.

    Args:
        ends_with_parent: Whether to stop when the process that started this one is gone.
    """

    def __init__(self, *, ends_with_parent: bool = False) -> None:
        self._parts: list[_Running] = []
        self._stopping = threading.Event()
        self._parent = os.getppid() if ends_with_parent else None

    def stop_on_signals(self) -> None:
        """Stop at SIGTERM, SIGINT or SIGHUP; a second one ends everything at once."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def is_stopping(self) -> bool:
        """Return whether it is time to stop."""
        if self._parent is not None and os.getppid() != self._parent:
            self._stopping.set()
        return self._stopping.is_set()

    def start(self, part: Part) -> subprocess.Popen[bytes]:
        """Start a part and keep it."""
        process = start_tethered(part.command, part.environ)
        backoff = Backoff(random.Random())
        self._parts.append(_Running(part=part, process=process, backoff=backoff, since=time.monotonic()))
        return process

    def watch(self) -> int:
        """Start parts again that end, until it is time to stop; then stop them and return the exit code."""
        while not self.is_stopping():
            for running in self._parts:
                self._look_at(running)
            self._stopping.wait(LOOK_SECONDS)
        return self.stop()

    def stop(self) -> int:
        """Stop every part, those that others need last, and return 0 if all ended when they were asked to."""
        first = [running for running in self._parts if not running.part.is_needed_to_stop]
        last = [running for running in self._parts if running.part.is_needed_to_stop]
        return max(_stop_together(first), _stop_together(last))

    def _look_at(self, running: _Running) -> None:
        code = running.process.poll()
        if code is None:
            return
        now = time.monotonic()
        if running.start_again is None:
            untether(running.process)
            if now - running.since > RAN_WELL_SECONDS:
                running.backoff.reset()
            wait = running.backoff.next().total_seconds()
            running.start_again = now + wait
            say(f"The {running.part.name} ended with {code}: it is started again in {wait:.1f} s.")
        elif now >= running.start_again:
            running.process = start_tethered(running.part.command, running.part.environ)
            running.since, running.start_again = now, None

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            return
        for running in self._parts:
            end_group(running.process)


def _stop_together(parts: list[_Running]) -> int:
    for running in parts:
        if running.process.poll() is None:
            running.process.terminate()
    give_up = time.monotonic() + STOP_SECONDS
    in_time = [_has_ended(running.process, give_up - time.monotonic()) for running in parts]
    for running in parts:
        # What a part left behind is not wanted either: it stops for good.
        end_group(running.process)
    return 0 if all(in_time) else 1


def _has_ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        return False
    return True
