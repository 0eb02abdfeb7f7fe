"""What is done to the processes, and when: drawn from a seed, so that a run can be had again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, and how it is put right."""

    name: str
    begin: Callable[[], object]
    end: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Outage:
    """A fault that was there for a while, on the clock of ``time.monotonic``."""

    name: str
    begin: float
    end: float


@contextmanager
def present(fault: Fault) -> Iterator[None]:
    """Keep a fault until the block ends."""
    fault.begin()
    try:
        yield
    finally:
        fault.end()


def outages(random: Random, faults: Sequence[Fault], *, seconds: float, calm_seconds: float) -> Iterator[Outage]:
    """Bring each fault about once, in a drawn order, after a calm of a drawn length; yield each as it ends."""
    for fault in random.sample(faults, len(faults)):
        time.sleep(calm_seconds * random.uniform(0.75, 1.25))
        began = time.monotonic()
        with present(fault):
            time.sleep(seconds)
        yield Outage(fault.name, began, time.monotonic())
