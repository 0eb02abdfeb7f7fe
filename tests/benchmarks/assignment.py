"""What a million assignments look like: ``python -m tests.benchmarks.assignment [--units 1000000] [--write]``.

The split against its binomial bounds, the same in fresh processes, the units that a changed split moves, and what one
assignment costs beside one SHA-256 of the same id.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
import timeit
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

from leadline.assignment_vectors import differences, vectors

from core.experiments.assigning import Assigner
from core.experiments.hashing import Purpose, prefix, share_of, word
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import processor
from tests.parts.assigners import EVEN, assigner_of, name_of

UNITS = 1_000_000
BOUND = 3.2905
"""Standard deviations to either side that hold 99.9 % of a normal distribution."""
THIRDS = {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}
SPLITS: Mapping[str, Mapping[str, float]] = {
    "50:50": EVEN,
    "thirds": THIRDS,
    "90:10": {"a": 0.9, "b": 0.1},
    "99:1": {"a": 0.99, "b": 0.01},
    "10 of 10": {f"arm-{number}": 0.1 for number in range(10)},
}
CHANGES = (
    ("50:50 to 70:30", {"a": 0.5, "b": 0.5}, {"a": 0.7, "b": 0.3}),
    ("90:10 to 50:50", {"a": 0.9, "b": 0.1}, {"a": 0.5, "b": 0.5}),
    ("thirds to 50:25:25", THIRDS, {"a": 0.5, "b": 0.25, "c": 0.25}),
    ("4 of 25 to 40:20:20:20", dict.fromkeys("abcd", 0.25), {"a": 0.4, "b": 0.2, "c": 0.2, "d": 0.2}),
    ("50:50 to 40:40:20", {"a": 0.5, "b": 0.5}, {"a": 0.4, "b": 0.4, "c": 0.2}),
)
SEEDS = ("0", "1", "random")
TIMED = 2_000
REPEATS = 100
"""Short and often, in processor time: the least is what it costs when nobody else disturbs the caches."""
_ROOT = Path(__file__).resolve().parents[2]
PAGE = _ROOT / "docs" / "experiments.md"


@dataclass(frozen=True)
class Split:
    """How units fell."""

    name: str
    counts: Counter[str]
    expected: Mapping[str, float]
    """Of each variant, units."""
    tried: int
    """Units that were dealt out; the binomial's n."""

    @property
    def farthest(self) -> float:
        """Return the largest distance of a count from what is expected, in standard deviations."""
        return max(
            abs(self.counts[name] - expected) / math.sqrt(expected * (1.0 - expected / self.tried))
            for name, expected in self.expected.items()
        )


def splits(units: int) -> Iterator[Split]:
    """Deal out so many units by each split, and by the first with a part of the traffic and with a holdout."""
    for name, shares in SPLITS.items():
        counts = Counter(_dealt(assigner_of(shares), units))
        yield Split(name, counts, {each: share * units for each, share in shares.items()}, units)
    parts: tuple[tuple[str, Assigner, float], ...] = (
        ("50:50 in 10 % of a layer", assigner_of(segments=(2_000, 3_000), layer="layer"), 0.1),
        ("50:50 beside a holdout of 5 %", assigner_of(holdout_share=0.05), 0.95),
    )
    for name, assigner, part in parts:
        counts = Counter(_dealt(assigner, units))
        yield Split(name, counts, dict.fromkeys(EVEN, 0.5 * part * units), units)


def _dealt(assigner: Assigner, units: int) -> Iterator[str]:
    return (name_of(assigner, f"user-{number}") for number in range(units))


def digest(units: int) -> str:
    """Return the SHA-256 of who gets what of three variants."""
    return sha256("\n".join(_dealt(assigner_of(THIRDS), units)).encode()).hexdigest()


def digests_elsewhere(units: int) -> set[str]:
    """Return what processes of their own, with other seeds of Python's hashes, make of :func:`digest`."""
    code = f"from tests.benchmarks.assignment import digest; print(digest({units}))"
    environment = {"PYTHONPATH": str(_ROOT), "PATH": os.defpath}
    return {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=_ROOT,
            env=environment | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in SEEDS
    }


@dataclass(frozen=True)
class Move:
    """Shares of the units that got another variant."""

    name: str
    least: float
    """What any scheme has to move: half of the sum of the shares' changes."""
    here: float
    ranges: float
    """By ranges of a cumulative split, on the same hash."""


def moves(units: int) -> Iterator[Move]:
    """Change each split."""
    for name, before, after in CHANGES:
        grown = sum(max(0.0, share - before.get(each, 0.0)) for each, share in after.items())
        here = _moved(_dealt(assigner_of(before), units), _dealt(assigner_of(after), units), units)
        ranges = _moved(_by_ranges(before, units), _by_ranges(after, units), units)
        yield Move(name, grown, here, ranges)


def _moved(before: Iterable[str], after: Iterable[str], units: int) -> float:
    return sum(one != other for one, other in zip(before, after, strict=True)) / units


def _by_ranges(shares: Mapping[str, float], units: int) -> Iterator[str]:
    names, ends = list(shares), list(accumulate(shares.values()))[:-1]
    start = prefix(Purpose.UNIT, "new-model")
    return (names[bisect(ends, share_of(word(start, f"user-{number}")))] for number in range(units))


@dataclass(frozen=True)
class Speed:
    """Microseconds of processor time for one assignment."""

    variants: int
    plain: float
    full: float
    """With a layer that is shared and a holdout."""


def speeds() -> tuple[float, list[Speed]]:
    """Return microseconds of one SHA-256 of an id, and of assignments to 2, 3, 4 and 10 variants."""
    found = []
    for count in (2, 3, 4, 10):
        shares = {f"arm-{number}": 1.0 / count for number in range(count)}
        plain = _microseconds(assigner_of(shares).assign)
        full = _microseconds(assigner_of(shares, segments=(0, 9_999), layer="layer", holdout_share=0.01).assign)
        found.append(Speed(count, plain, full))
    return _microseconds(lambda unit: sha256(unit.encode()).digest()), found


def _microseconds(work: Callable[[str], object]) -> float:
    units = [f"user-{number}" for number in range(TIMED)]

    def once() -> None:
        for unit in units:
            work(unit)

    return min(timeit.repeat(once, timer=time.process_time, number=1, repeat=REPEATS)) / TIMED * 1e6


def section(units: int) -> str:
    """Measure, and return the section."""
    elsewhere = digests_elsewhere(units)
    agreeing = "the same" if elsewhere == {digest(units)} else "DIFFERENT"
    wrong = len(differences(vectors()))
    return "\n".join(
        [
            f"`python -m tests.benchmarks.assignment --write`: {units:,} units each, {processor()}, one thread.",
            "",
            *_split_lines(list(splits(units))),
            "",
            f"{units:,} assignments in {1 + len(SEEDS)} processes with different hash seeds: {agreeing}.",
            f"Published vectors that the Python client does not reproduce: {wrong}.",
            "",
            *_move_lines(list(moves(units))),
            "",
            *_speed_lines(*speeds()),
        ]
    )


def _split_lines(found: list[Split]) -> Iterator[str]:
    yield "| split | units of each variant | farthest from what was set | within 99.9 % |"
    yield "|---|---|---|---|"
    for split in found:
        counts = [split.counts[name] for name in split.expected]
        told = " · ".join(f"{count:,}" for count in counts) if len(counts) <= 3 else _range(counts)
        fits = "yes" if split.farthest <= BOUND else "NO"
        yield f"| {split.name} | {told} | {split.farthest:.2f} standard deviations | {fits} |"


def _range(counts: list[int]) -> str:
    return f"{min(counts):,} to {max(counts):,}"


def _move_lines(found: list[Move]) -> Iterator[str]:
    yield "| change of the split | least possible | units moved | by cumulative ranges |"
    yield "|---|---|---|---|"
    for move in found:
        yield f"| {move.name} | {move.least:.2%} | {move.here:.2%} | {move.ranges:.2%} |"


def _speed_lines(hashed: float, found: list[Speed]) -> Iterator[str]:
    yield "| variants | one assignment | with a shared layer and a holdout | in SHA-256 of the id |"
    yield "|---|---|---|---|"
    for speed in found:
        ratio = f"{speed.plain / hashed:.1f} to {speed.full / hashed:.1f}"
        yield f"| {speed.variants} | {speed.plain:.2f} µs | {speed.full:.2f} µs | {ratio} |"
    yield ""
    yield f"One SHA-256 of the same ids in the same run: {hashed:.2f} µs."


def main() -> None:
    """Measure, and print or write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=UNITS, help="units of each measurement")
    parser.add_argument("--write", action="store_true", help="write the section of docs/experiments.md")
    chosen = parser.parse_args()
    measured = section(chosen.units)
    if chosen.write:
        write_section("assignment", measured, PAGE)
    sys.stdout.write(measured + "\n")


if __name__ == "__main__":
    main()
