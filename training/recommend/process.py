"""Trains a recommender, or what else a program trains for one tenant, in a fresh process, and says how it ended."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from core.identifiers import TenantId
from training.learning.child_process import end, environment, error_line, signal_name, start
from training.learning.exits import DONE, FAILED, STORE_DOWN, TOO_LARGE
from training.learning.limits import ProcessLimits
from training.learning.memory import resident_bytes

_LOOK_SECONDS = 0.1
_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingEnding:
    """How a training process ended."""

    is_done: bool
    """Whether it did all it was to do."""
    reason: str = ""
    """Why not: a rule that refused, a limit, or where an error came from; never the text of an error."""


class RecommenderProcess:
    """Trains recommenders, one at a time, each in a process of its own.

    Args:
        limits: Of each process.
        environ: The process gets to know its settings of it, and where programs are.
        program: Module that trains, and its first words.
    """

    def __init__(
        self, limits: ProcessLimits, environ: Mapping[str, str], program: Sequence[str] = ("training.recommend",)
    ) -> None:
        self._program = program
        self._limits = limits
        self._environ = environment(environ)

    def run(self, tenant: TenantId, request_id: str) -> TrainingEnding:
        """Train and wait for the end. If this process is told to stop meanwhile, the training process is ended.

        Args:
            tenant: Whose.
            request_id: Idempotency key of what is registered.
        """
        words = ["--tenant", tenant, "--request-id", request_id]
        limit = ["--memory-bytes", str(self._limits.memory_bytes), "--with-parent"]
        with tempfile.TemporaryFile() as errors:
            process = start([*self._program, *words, *limit], self._environ, errors)
            try:
                return self._until_ended(process, errors)
            finally:
                end(process)

    def _until_ended(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> TrainingEnding:
        begun = time.monotonic()
        while True:
            try:
                return _ended(process.wait(_LOOK_SECONDS), errors)
            except subprocess.TimeoutExpired:
                if time.monotonic() - begun > self._limits.time.total_seconds():
                    return TrainingEnding(is_done=False, reason=f"it took longer than {self._limits.time}")
            if resident_bytes(process.pid) > self._limits.memory_bytes:
                most = self._limits.memory_bytes // _MIB
                return TrainingEnding(is_done=False, reason=f"it needed more than {most:,} MiB of memory")


_REASONS = {TOO_LARGE: "it needed more memory than there is", STORE_DOWN: "the store did not work"}


def _ended(code: int, errors: IO[bytes]) -> TrainingEnding:
    if code == DONE:
        return TrainingEnding(is_done=True)
    if code < 0:
        return TrainingEnding(is_done=False, reason=f"its process was ended by {signal_name(-code)}")
    said = error_line(errors)
    usual = "it was refused" if code == FAILED else f"its process ended with status {code}"
    return TrainingEnding(is_done=False, reason=said or _REASONS.get(code, usual))
