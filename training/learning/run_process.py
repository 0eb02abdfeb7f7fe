"""Runs a training run in a fresh process: claims it, starts the process, watches it, and says how it ended.

A fresh process, never a fork: XGBoost hangs for ever in a fork of a process that has used it, and what a fit leaves
behind, or takes with it when it crashes, must not be the worker's.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from core.errors import DependencyDown
from core.identifiers import TenantId
from core.registry.run_store import LOST_AFTER, RunStore
from training.learning.child_process import end, environment, error_line, signal_name, start
from training.learning.exits import DONE, LOST, STORE_DOWN, TOO_LARGE
from training.learning.limits import ProcessLimits
from training.learning.memory import resident_bytes

HEARTBEAT = timedelta(seconds=5)
_LOOK_SECONDS = 0.1
_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """How a process ended."""

    sentence: str
    """Why the run did not; "" if the run has ended, or is somebody else's."""
    again: bool = False
    """Whether another attempt may do better."""


_NOTHING_LEFT = _Ending(sentence="")


class RunProcess:
    """Runs training runs, one at a time, each in a process of its own.

    Args:
        runs: Where they are kept.
        limits: Of each process.
        environ: The process gets to know its settings of it, and where programs are; see
            :func:`training.learning.environment.for_training`.
        lost_after: A claim without a sign of life for so long may be taken over.
        heartbeat: How often a sign of life is given; well below ``lost_after``.
    """

    def __init__(
        self,
        runs: RunStore,
        limits: ProcessLimits,
        environ: Mapping[str, str],
        *,
        lost_after: timedelta = LOST_AFTER,
        heartbeat: timedelta = HEARTBEAT,
    ) -> None:
        self._runs = runs
        self._limits = limits
        self._environ = environment(environ)
        self._lost_after = lost_after
        self._heartbeat = heartbeat

    def run(self, tenant: TenantId, run_id: str) -> None:
        """Begin a run and see it through to its end; nothing if somebody else is at it, or it has ended.

        If this process is told to stop meanwhile, the training process is ended and the run waits for the next one.

        Raises:
            NotFound: If the tenant has no such run.
            DependencyDown: If the store does not work before the run is claimed.
        """
        holder = f"{os.getpid()}-{uuid.uuid4().hex}"
        if self._runs.claim(tenant, run_id, holder, self._lost_after) is None:
            return
        watched = _Watched(self._runs, self._limits, self._heartbeat, (tenant, run_id, holder))
        with tempfile.TemporaryFile() as errors:
            process = self._start(tenant, run_id, holder, errors)
            try:
                ending = watched.until_ended(process, errors)
            except BaseException:
                end(process)
                with suppress(DependencyDown):  # what is not given back is taken over once it counts as lost
                    self._runs.release(tenant, run_id, holder, "Its worker was stopped.")
                raise
            finally:
                end(process)
        watched.settle(ending)

    def _start(self, tenant: TenantId, run_id: str, holder: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        words = ["--tenant", tenant, "--run", run_id, "--holder", holder]
        limit = ["--memory-bytes", str(self._limits.memory_bytes), "--with-parent"]
        return start(["training", "run", *words, *limit], self._environ, errors)


class _Watched:
    """A process at work on a claimed run."""

    def __init__(
        self,
        runs: RunStore,
        limits: ProcessLimits,
        heartbeat: timedelta,
        run: tuple[TenantId, str, str],
    ) -> None:
        self._runs = runs
        self._limits = limits
        self._heartbeat_seconds = heartbeat.total_seconds()
        self._run = run

    def until_ended(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> _Ending:
        """Wait until the process has ended, or end it: at a limit, or when the run is somebody else's."""
        begun = beat = time.monotonic()
        while True:
            try:
                return self._ended(process.wait(_LOOK_SECONDS), errors)
            except subprocess.TimeoutExpired:
                present = time.monotonic()
            if present - begun > self._limits.time.total_seconds():
                return _Ending(sentence=f"It took longer than the {self._limits.time} a run may take, and was ended.")
            if resident_bytes(process.pid) > self._limits.memory_bytes:
                return _too_large(self._limits)
            if present - beat >= self._heartbeat_seconds:
                beat = present
                if not self._is_ours():
                    return _NOTHING_LEFT

    def settle(self, ending: _Ending) -> None:
        """Say on the run how its process ended, if the process did not end the run itself."""
        if not ending.sentence:
            return
        tenant, run_id, holder = self._run
        if ending.again:
            self._runs.release(tenant, run_id, holder, ending.sentence)
            return
        self._runs.give_up(tenant, run_id, holder, ending.sentence)

    def _is_ours(self) -> bool:
        try:
            return self._runs.alive(*self._run)
        except DependencyDown:
            # Nobody else can claim it either while the store does not work.
            return True

    def _ended(self, code: int, errors: IO[bytes]) -> _Ending:
        if code < 0:
            return _Ending(sentence=f"Its process was ended by {signal_name(-code)}.", again=True)
        if code == LOST:
            return _NOTHING_LEFT
        if code == STORE_DOWN:
            return _Ending(sentence="The store did not work.", again=True)
        if code == TOO_LARGE:
            return _too_large(self._limits)
        if code == DONE:
            # It cannot be ours any more if the process ended it.
            return _Ending(sentence="Its process ended without a result.")
        found = error_line(errors)
        return _Ending(sentence=f"Its process ended with status {code}{f': {found}' if found else ''}.")


def _too_large(limits: ProcessLimits) -> _Ending:
    most = limits.memory_bytes // _MIB
    return _Ending(sentence=f"It needed more than the {most:,} MiB of memory a run may use, and was ended.")
