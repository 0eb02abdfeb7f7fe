"""The parent of a pool: holds the port, starts its server processes, and passes on what it is told.

It answers no call itself, so it loads neither gRPC nor ONNX Runtime nor a database driver: it is small, and little can
go wrong with it.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Self

import structlog

from core.errors import InvalidInput
from server.observed.http import HttpEndpoint
from server.observed.pool_metrics import PoolMetrics
from server.observed.scrape import forget_process, scrape_registry
from server.pool.member import Member, spawn
from server.pool.pool import WRONG_SETTINGS, Launch, Patience, Pool
from server.pool.reserving import ReservedPort, reserve
from server.settings import PREFIX, ServerSettings, read_settings

_LOOK_EVERY_SECONDS = 0.25
_LAST_WORK = timedelta(seconds=10)
"""For a process to close its files after its last call."""
_FIXED = ("HOST", "PORT", "PROCESSES", "METRICS_PORT")
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
log = structlog.get_logger("leadline.pool")
ReadEnvironment = Callable[[], Mapping[str, str]]


def run_parent(settings: ServerSettings, environ: Mapping[str, str], read_again: ReadEnvironment) -> int:
    """Serve with ``settings.processes`` processes until SIGTERM or SIGINT; a second signal ends them at once.

    Args:
        settings: What the operator set.
        environ: Where that came from, for the processes.
        read_again: Returns the environment as it is now, with the environment file read anew; for SIGHUP.

    Returns:
        The exit code: 0, or 2 if a process found at the first start that the settings are wrong.

    Raises:
        InvalidInput: If a port is taken.
    """
    with ExitStack() as stack:
        port = reserve(settings.host, settings.port)
        stack.callback(port.release)
        folder = None
        if settings.metrics_port:
            folder = Path(tempfile.mkdtemp(prefix="leadline-metrics-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        parent = _Parent(settings, environ, read_again, port, folder)
        if folder is not None:
            registry = scrape_registry(parent.figures.registry, folder=folder)
            http = HttpEndpoint(settings.host, settings.metrics_port, registry, lambda: parent.pool.ready)
            http.start()
            stack.callback(http.stop)
        stack.enter_context(_Signals(parent.caught))
        return parent.run()


@dataclass(slots=True)
class _Signals:
    """Notes signals and wakes the loop up, instead of running code wherever the process happens to be."""

    caught: deque[int]

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.caught.append(number)


class _Parent:
    """The loop."""

    def __init__(
        self,
        settings: ServerSettings,
        environ: Mapping[str, str],
        read_again: ReadEnvironment,
        port: ReservedPort,
        metrics_folder: Path | None,
    ) -> None:
        self._settings = settings
        self._read_again = read_again
        self._port = port
        self._metrics_folder = metrics_folder
        self._selector = selectors.DefaultSelector()
        self._stopped_by = 0
        self.caught: deque[int] = deque()
        self.figures = PoolMetrics()
        leave = settings.drain_notice + settings.drain_grace + _LAST_WORK
        self.pool = Pool(settings.processes, self._launcher(environ), Patience(leave=leave), self.figures, self._let_go)

    def run(self) -> int:
        address = f"{self._settings.host}:{self._port.number}"
        log.info("parent started", address=address, processes=self._settings.processes, mode=self._settings.mode)
        awake, wake = socket.socketpair()
        with self._selector, awake, wake:
            for end in (awake, wake):
                end.setblocking(False)
            signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
            self._selector.register(awake, selectors.EVENT_READ)
            while True:
                self._hear_signals()
                self.pool.step()
                if self.pool.gone:
                    break
                self._hear(self._selector.select(_LOOK_EVERY_SECONDS), awake)
        log.info("parent stopped")
        return WRONG_SETTINGS if self.pool.failed else 0

    def _hear(self, events: list[tuple[selectors.SelectorKey, int]], awake: socket.socket) -> None:
        for key, _ in events:
            member: Member | None = key.data
            if member is None:
                awake.recv(4096)
                continue
            words = member.hear()
            if words is None:
                self._selector.unregister(member.link)
                continue
            for word in words:
                self.pool.heard(member, word)

    def _hear_signals(self) -> None:
        while self.caught:
            number = self.caught.popleft()
            if number == signal.SIGHUP and not self._stopped_by:
                self._roll()
            elif number in {signal.SIGTERM, signal.SIGINT}:
                self._stop(number)

    def _stop(self, number: int) -> None:
        if self._stopped_by:
            self.pool.kill()
            signal.signal(number, signal.SIG_DFL)
            if self._metrics_folder is not None:
                shutil.rmtree(self._metrics_folder, ignore_errors=True)
            os.kill(os.getpid(), number)
        self._stopped_by = number
        log.info("stopping", signal=signal.Signals(number).name)
        self.pool.stop()

    def _roll(self) -> None:
        try:
            environ = self._read_again()
            settings = read_settings(environ)
        except InvalidInput as problem:
            _tell_refused(problem)
            return
        for name in _FIXED:
            if getattr(settings, name.lower()) != getattr(self._settings, name.lower()):
                log.warning("a setting that only a restart changes", setting=PREFIX + name)
        self.pool.roll(self._launcher(environ))

    def _for_children(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of the processes: what is the parent's to decide stays as it is."""
        fixed = {PREFIX + name: str(getattr(self._settings, name.lower())) for name in _FIXED}
        folder = {_METRICS_FOLDER: str(self._metrics_folder)} if self._metrics_folder is not None else {}
        return {**environ, **fixed, **folder}

    def _launcher(self, environ: Mapping[str, str]) -> Launch:
        settled = self._for_children(environ)

        def launch(index: int) -> Member:
            member = spawn(index, self._port.number, settled)
            self._selector.register(member.link, selectors.EVENT_READ, member)
            return member

        return launch

    def _let_go(self, member: Member) -> None:
        # Before it is closed: the next line may get its number, and the selector knows lines by their numbers.
        if member.link in self._selector.get_map():
            self._selector.unregister(member.link)
        member.link.close()
        if self._metrics_folder is not None:
            forget_process(member.pid, self._metrics_folder)


def _tell_refused(problem: InvalidInput) -> None:
    for violation in problem.violations:
        log.error("settings refused: the processes serve on as they are", setting=violation.field)
