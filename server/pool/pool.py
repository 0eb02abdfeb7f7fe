"""Keeps as many server processes running as there should be, and replaces them one at a time."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Protocol

import structlog

from server.pool.backoff import Backoff
from server.pool.link import Word
from server.pool.member import Member
from server.pool.places import Place

WRONG_SETTINGS = 2
"""Exit code of a process that can never start as it is set up."""
log = structlog.get_logger("leadline.pool")
Launch = Callable[[int], Member]
"""Starts the process of an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a process."""

    leave: timedelta
    """After SIGTERM, before it is killed."""
    ready: timedelta = timedelta(seconds=30)
    """For a successor to serve, before the roll is given up."""
    well: timedelta = timedelta(seconds=30)
    """A process that lived longer than that was well: its end is not one more failure."""


class Figures(Protocol):
    """Where the pool counts."""

    def restarted(self, cause: str) -> None:
        """Count a process that ended by itself."""

    def running(self, count: int) -> None:
        """Show how many processes run."""


class Pool:
    """The processes behind a port. All methods but :attr:`ready` belong to one thread.

    Args:
        size: Number of processes, above 0.
        launch: See :data:`Launch`.
        patience: How long to wait.
        figures: Where restarts are counted.
        let_go: Told each process that has ended, to close the line to it.
    """

    def __init__(
        self,
        size: int,
        launch: Launch,
        patience: Patience,
        figures: Figures,
        let_go: Callable[[Member], None],
    ) -> None:
        random = Random()
        self._places = tuple(Place(index, Backoff(random)) for index in range(size))
        self._launch = launch
        self._next_launch = launch
        """As asked for by a roll; takes the place of the other once a process that was started so serves."""
        self._patience = patience
        self._figures = figures
        self._let_go = let_go
        self._leaving: dict[Member, float] = {}
        """To when each is killed."""
        self._to_roll: deque[Place] = deque()
        self._was_complete = False
        self._stopping = False
        self.failed = False
        """Whether a process said at the first start that the settings are wrong."""

    @property
    def ready(self) -> bool:
        """Whether at least one process takes calls."""
        return not self._stopping and any(place.serving for place in self._places)

    @property
    def gone(self) -> bool:
        """Whether the pool was stopped and no process is left."""
        return self._stopping and not self._leaving

    def members(self) -> Iterator[Member]:
        """Yield every process that has not ended."""
        yield from self._leaving
        for place in self._places:
            yield from place.members()

    def roll(self, launch: Launch) -> None:
        """Replace every process, one at a time, each only once its successor, started by ``launch``, serves."""
        log.info("rolling", processes=len(self._places))
        self._next_launch = launch
        self._to_roll = deque(self._places)

    def stop(self) -> None:
        """Ask every process to stop."""
        self._stopping = True
        self._to_roll.clear()
        for place in self._places:
            for member in place.members():
                self._dismiss(member)
            place.current = place.successor = None

    def kill(self) -> None:
        """End every process at once."""
        for member in self.members():
            member.kill()

    def heard(self, member: Member, word: Word) -> None:
        """Take in what a process said."""
        place = self._places[member.index]
        if word is Word.SERVING:
            member.serving = True
            if member is place.successor:
                self._take_over(place)
        elif member is place.current:
            # Somebody else told it to stop. It needs no successor from the time it is gone, but from now on.
            log.info("process leaves", child_pid=member.pid)
            self._leaving[member] = time.monotonic() + self._patience.leave.total_seconds()
            place.current = None
            place.due = 0.0

    def step(self) -> None:
        """Take in who has ended, and do what is due."""
        for member in [member for member in self.members() if member.process.poll() is not None]:
            self._ended(member)
        self._kill_overdue()
        if not self._stopping:
            for place in self._places:
                if place.wants_start:
                    self._start(place)
            self._roll_on()
            self._note_complete()
        self._figures.running(sum(1 for _ in self.members()))

    def _start(self, place: Place) -> None:
        try:
            place.current = self._launch(place.index)
        except OSError as short:
            # Short of processes, memory or files: as if it had died at once.
            self._figures.restarted("not started")
            wait_seconds = self._put_off(place)
            problem = type(short).__name__
            log.warning("process cannot be started", child=place.index, problem=problem, wait_seconds=wait_seconds)

    def _note_complete(self) -> None:
        if not self._was_complete and all(place.serving for place in self._places):
            self._was_complete = True
            log.info("all processes serve", processes=len(self._places))

    def _dismiss(self, member: Member) -> None:
        member.ask_to_stop()
        self._leaving[member] = time.monotonic() + self._patience.leave.total_seconds()

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        for member in [member for member, overdue in self._leaving.items() if now > overdue]:
            log.error("process does not stop and is killed", child_pid=member.pid)
            member.kill()
            self._leaving[member] = float("inf")

    def _roll_on(self) -> None:
        """Go on with the roll: the next place is due when nobody starts and nobody leaves."""
        for place in self._places:
            late = place.successor
            if late is not None and late.age_seconds > self._patience.ready.total_seconds():
                late.kill()
                self._leaving[late] = float("inf")
                self._give_up_roll(place)
        if not self._to_roll or self._leaving or any(place.successor for place in self._places):
            return
        place = self._to_roll.popleft()
        try:
            place.successor = self._next_launch(place.index)
        except OSError:
            self._give_up_roll(place)

    def _take_over(self, place: Place) -> None:
        before = place.hand_over()
        place.backoff.reset()
        self._launch = self._next_launch
        if before is not None:
            self._dismiss(before)

    def _give_up_roll(self, place: Place) -> None:
        """Keep what serves: a successor that cannot start says that the others could not either."""
        log.error("a new process does not serve: the roll is given up, the others serve on", child=place.index)
        place.successor = None
        self._next_launch = self._launch
        self._to_roll.clear()

    def _ended(self, member: Member) -> None:
        code = member.process.returncode
        self._let_go(member)
        place = self._places[member.index]
        if self._leaving.pop(member, None) is not None:
            log.info("process ended", child_pid=member.pid, exit_code=code)
        elif member is place.successor:
            self._give_up_roll(place)
        elif member is place.current:
            self._died(place, member, code)

    def _died(self, place: Place, member: Member, code: int) -> None:
        place.current = None
        self._figures.restarted(_cause(code))
        if code == WRONG_SETTINGS and not self._was_complete:
            self.failed = True
            self.stop()
            return
        if member.age_seconds > self._patience.well.total_seconds():
            place.backoff.reset()
        log.warning(
            "process ended by itself and is started again",
            child=place.index,
            child_pid=member.pid,
            exit_code=code,
            wait_seconds=self._put_off(place),
        )

    def _put_off(self, place: Place) -> float:
        """Return after how many seconds a process is started there again."""
        wait_seconds = place.backoff.next().total_seconds()
        place.due = time.monotonic() + wait_seconds
        return round(wait_seconds, 3)


def _cause(code: int) -> str:
    """Return ``exit 1``, or the name of a signal."""
    try:
        return signal.Signals(-code).name if code < 0 else f"exit {code}"
    except ValueError:
        return f"signal {-code}"
