"""Experiments without an effect on a tenant's own leads: how often the tests would have cried wolf. Loads scipy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.experiments.hashing import Purpose, prefix, word
from core.experiments.plan import Plan
from core.experiments.results import Range
from core.experiments.sequential.careful_z import careful_z
from core.experiments.sequential.spending import boundaries
from core.experiments.statistics.proportions import two_proportion_z, wilson
from core.experiments.trust.allocation import FAILS_BELOW
from core.experiments.trust.multinomial import anytime_p

_SALT = "aa-test"
_NORMAL = NormalDist()

_Words = npt.NDArray[np.uint64]
_Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AaTest:
    """What playing experiments without an effect gave."""

    runs: int
    lead_count: int
    """In each run."""
    conversion_rate: float
    false_positive_rate: float
    """Share of the runs in which the sequential test saw an effect at any look."""
    false_positives: Range
    """Wilson's interval of it."""
    peeking_false_positive_rate: float
    """The same of a plain z test that is looked at as often."""
    sample_ratio_mismatch_rate: float
    """Share of the runs in which the check of the split failed at any look."""


@dataclass(frozen=True, slots=True)
class _Played:
    """One run: cumulative counts at each look, by variant; both (looks, variants)."""

    units: _Counts
    converted: _Counts


def play_aa_test(
    leads: Sequence[tuple[str, bool]], plan: Plan, shares: Sequence[float], runs: int, *, seed: int = 0
) -> AaTest:
    """Split leads again and again by the hash of real experiments, as if there had been a test of one version.

    Args:
        leads: Id and whether it converted, in the order in which they came.
        plan: Its alpha and number of looks are used; the horizon is all leads.
        shares: Of the variants, the control first; at least two.
        runs: How many, at least 1.
        seed: Another one makes other splits.
    """
    if not leads:
        return _summary([], 0, 0.0)
    unit_prefix = prefix(Purpose.UNIT, _SALT)
    words = np.array([word(unit_prefix, unit) for unit, _ in leads], dtype=np.uint64)
    converted = np.array([converted for _, converted in leads], dtype=np.bool_)
    ends = np.unique(np.linspace(0, len(leads), plan.look_count + 1).round().astype(np.int64)[1:])
    ends = ends[ends > 0]
    found = [
        _judged(_play(words, converted, ends, shares, f"{_SALT}-{seed}-{run}"), ends, plan, shares)
        for run in range(runs)
    ]
    return _summary(found, len(leads), float(converted.mean()))


def split_by_hash(words: _Words, shares: Sequence[float], salt: str) -> npt.NDArray[np.intp]:
    """Return the position of each unit's variant: what core.experiments.assigning does, for many units at once.

    Args:
        words: Of the units, by their own salt; (n,).
        shares: Of the variants, summing to 1.
        salt: Of the variants, which are called by their positions.
    """
    with np.errstate(divide="ignore"):
        times = [
            np.log(_shares_of(_mixed(words ^ np.uint64(word(prefix(Purpose.VARIANT, salt), str(position)))))) / share
            if share > 0.0
            else np.full(words.shape, -np.inf)
            for position, share in enumerate(shares)
        ]
    chosen: npt.NDArray[np.intp] = np.argmax(times, axis=0)
    return chosen


def _mixed(values: _Words) -> _Words:
    """Return core.experiments.hashing.mixed of each: numbers of 64 bits wrap around as its mask makes them."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _shares_of(values: _Words) -> npt.NDArray[np.float64]:
    """Return core.experiments.hashing.share_of of each."""
    shares: npt.NDArray[np.float64] = ((values >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
    return shares


def _play(
    words: _Words, converted: npt.NDArray[np.bool_], ends: _Counts, shares: Sequence[float], salt: str
) -> _Played:
    arms, count = split_by_hash(words, shares, salt), len(shares)
    stretches = np.searchsorted(ends, np.arange(words.size), side="right")
    cells = stretches * count + arms
    size = ends.size * count
    units = np.bincount(cells, minlength=size).reshape(-1, count).cumsum(axis=0)
    hits = np.bincount(cells[converted], minlength=size).reshape(-1, count).cumsum(axis=0)
    return _Played(units, hits)


def _judged(played: _Played, ends: _Counts, plan: Plan, shares: Sequence[float]) -> tuple[bool, bool, bool]:
    """Return whether the sequential test, the plain one, and the check of the split found anything."""
    treatments = [position for position, share in enumerate(shares) if position and share > 0.0]
    edges = boundaries((ends / ends[-1]).tolist(), plan.alpha / max(1, len(treatments)))
    plain_edge = -_NORMAL.inv_cdf(plan.alpha / 2.0)
    sequential = peeking = False
    for look, counts in enumerate(_tables(played, treatments)):
        for table in counts:
            z = abs(two_proportion_z(*table)[0])
            peeking |= z >= plain_edge
            # The careful one is never farther from 0: it is asked only where it matters.
            sequential |= z >= edges[look] and abs(careful_z(*table)) >= edges[look]
    mismatch = any(anytime_p(row, shares) < FAILS_BELOW for row in played.units.tolist())
    return sequential, peeking, mismatch


def _tables(played: _Played, treatments: Sequence[int]) -> Iterator[list[tuple[int, int, int, int]]]:
    """Yield for each look the counts of every treatment beside the control."""
    for units, hits in zip(played.units.tolist(), played.converted.tolist(), strict=True):
        yield [(hits[position], units[position], hits[0], units[0]) for position in treatments]


def _summary(found: Sequence[tuple[bool, bool, bool]], lead_count: int, rate: float) -> AaTest:
    runs = len(found)
    sequential, peeking, mismatch = (sum(one[kind] for one in found) for kind in range(3))
    return AaTest(
        runs=runs,
        lead_count=lead_count,
        conversion_rate=rate,
        false_positive_rate=sequential / max(1, runs),
        false_positives=wilson(sequential, runs),
        peeking_false_positive_rate=peeking / max(1, runs),
        sample_ratio_mismatch_rate=mismatch / max(1, runs),
    )
