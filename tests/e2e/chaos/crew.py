"""Workers and beats that are killed and started again, as whoever supervises them would do."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from random import Random
from typing import Self

from tests.e2e.chaos.processes import children_of, signal_to
from tests.parts.workers import CeleryProcess, start_beat, start_worker

Start = Callable[[], AbstractContextManager[CeleryProcess]]


class Crew:
    """So many workers and beats.

    Args:
        url: Of the database.
        broker: Of the queues.
        settings: Of all of them, with their prefix.
        workers: How many.
        beats: How many.
    """

    def __init__(self, url: str, broker: str, settings: Mapping[str, object], *, workers: int, beats: int) -> None:
        self._starts: dict[str, Start] = {
            **{f"worker {n}": lambda: start_worker(url, broker, settings) for n in range(workers)},
            **{f"beat {n}": lambda: start_beat(url, broker, settings) for n in range(beats)},
        }
        self._running: dict[str, tuple[ExitStack, CeleryProcess]] = {}

    def __enter__(self) -> Self:
        for name in self._starts:
            self._start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for stack, _process in self._running.values():
            stack.close()

    def kill_one(self, role: str, random: Random) -> bool:
        """End a worker or a beat with all it started, at once, and start it again; False if there is none."""
        name = random.choice([name for name in self._starts if name.startswith(role)])
        self._running[name][0].close()
        self._start(name)
        return True

    def kill_task(self, random: Random) -> bool:
        """End a process that runs tasks, but not its worker; False if there is none at the moment."""
        return self._kill(random, [pid for worker in self._workers() for pid in worker.children()])

    def kill_training(self, random: Random) -> bool:
        """End a process that trains, and nothing else; False if none does at the moment."""
        return self._kill(random, self.training())

    def training(self) -> list[int]:
        """Return the processes that train: the children of those that run tasks."""
        return [pid for worker in self._workers() for task in worker.children() for pid in children_of(task)]

    def tail(self) -> str:
        """Return what each said last."""
        return "\n".join(f"{name}: {''.join(process.lines[-5:])}" for name, (_, process) in self._running.items())

    def _workers(self) -> list[CeleryProcess]:
        return [process for name, (_, process) in self._running.items() if name.startswith("worker")]

    def _start(self, name: str) -> None:
        stack = ExitStack()
        self._running[name] = (stack, stack.enter_context(self._starts[name]()))

    @staticmethod
    def _kill(random: Random, pids: list[int]) -> bool:
        return bool(pids) and signal_to(random.choice(pids), signal.SIGKILL)
