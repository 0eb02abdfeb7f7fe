"""The measured section on false alarms and power, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.experiments.sequential.spending import boundaries
from core.monitoring.shares import wilson
from tests.benchmarks.budget import MET, MISSED, markdown_table
from tests.benchmarks.experiments.false_alarms import DAYS, PROMISED, UNITS_PER_DAY, FalseAlarms
from tests.benchmarks.experiments.power import LOST, Power

PUBLISHED = (4.877, 3.357, 2.680, 2.290, 2.031)
"""Boundaries of 5 even looks at alpha 0.05 by the O'Brien-Fleming-type spending function of Lan and DeMets."""
TOLERANCE = 1e-3
MISMATCH_PROMISED = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Sound experiments whose split is checked daily."""

    split: float
    runs: int
    checked: int
    chi_square: int

    @property
    def kept(self) -> bool:
        """Whether fewer than one in a thousand failed, as far as so many runs can tell."""
        return wilson(self.checked, self.runs)[0] <= MISMATCH_PROMISED


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that was measured."""

    planned: Sequence[FalseAlarms]
    open_ended: Sequence[FalseAlarms]
    mismatches: Sequence[Mismatch]
    powers: Sequence[Power]

    @property
    def missed(self) -> list[str]:
        """What was not kept."""
        return [
            *(f"false alarms, {_world(one)}" for one in (*self.planned, *self.open_ended) if not one.kept),
            *(f"split, {_split(one.split)}" for one in self.mismatches if not one.kept),
            *(f"power, {_effect(one)}" for one in self.powers if not one.kept),
            *([] if boundaries_kept() else ["boundaries"]),
        ]


def boundaries_kept() -> bool:
    """Return whether the boundaries are the published ones."""
    return all(abs(one - other) <= TOLERANCE for one, other in zip(_five(), PUBLISHED, strict=True))


def section(measured: Measured, command: str, runs: int) -> str:
    """Return the section."""
    wrong, plays = sum(one.wrong for one in measured.planned), sum(one.runs for one in measured.planned)
    worst = max(measured.planned, key=lambda one: one.share)
    return f"""`{command}`: {runs:,} simulated experiments for each line unless it says otherwise, through the
product's own looks and recommendation. {_verdict_line(measured)}

**No effect, a planned horizon.** A recommendation is wrong if it is to ship, to keep the control as the better one, or
to mend the split. At most {PROMISED:.0%} is promised; over all lines it is {wrong / plays:.2%}, the worst has
{worst.share:.1%}. With 20 reads they are at even steps, with 400 at any time.

{_alarm_table(measured.planned)}
**No effect, no plan**, the always-valid reading at every read:

{_alarm_table(measured.open_ended)}
**A sound split, checked on each of {DAYS} days** with {UNITS_PER_DAY} units a day. At most {MISMATCH_PROMISED:.1%} may
fail ever, which so many runs can refute and not prove:

{_mismatch_table(measured.mismatches)}
**An effect, planned with a power of 80 %.** With the units of one test at the end, the sequential one may lose at most
{100 * LOST:.0f} points and must stop earlier on average; planned by itself it gets some more units:

{_power_table(measured.powers)}
Boundaries of 5 even looks: {", ".join(f"{one:.3f}" for one in _five())}; published are
{", ".join(f"{one:.3f}" for one in PUBLISHED)}: {MET if boundaries_kept() else MISSED}.
"""


def _verdict_line(measured: Measured) -> str:
    missed = measured.missed
    return f"Missed: {'; '.join(missed)}." if missed else "Everything that is promised was met."


def _alarm_table(lines: Sequence[FalseAlarms]) -> str:
    header = ("conversion, units in all, split, reads", "wrong", "95 % interval", "plain rule", "verdict")
    rows = [
        (
            _world(one),
            f"{one.share:.1%}" if one.runs else "",
            "{:.1%} to {:.1%}".format(*one.range),
            f"{one.plain / one.runs:.1%}",
            MET if one.kept else MISSED,
        )
        for one in lines
    ]
    return markdown_table(header, rows)


def _mismatch_table(lines: Sequence[Mismatch]) -> str:
    header = ("split", "runs", "failed", "chi-square below 0.001", "verdict")
    rows = [
        (
            _split(one.split),
            f"{one.runs:,}",
            f"{one.checked / one.runs:.2%}",
            f"{one.chi_square / one.runs:.2%}",
            MET if one.kept else MISSED,
        )
        for one in lines
    ]
    return markdown_table(header, rows)


def _power_table(lines: Sequence[Power]) -> str:
    header = (
        "effect",
        "one test: units",
        "found",
        "sequential, same units: found",
        "share used",
        "sequential, planned: units",
        "found",
        "share used, of one test's",
        "as planned",
        "verdict",
    )
    rows = [
        (
            _effect(one),
            f"{one.fixed_units:,}",
            f"{one.fixed / one.runs:.1%}",
            f"{one.same / one.runs:.1%}",
            f"{one.same_share:.2f}",
            f"{one.horizon_units:,}",
            f"{one.sequential / one.runs:.1%}",
            f"{one.sequential_share:.2f}",
            f"{one.expected_share:.2f}",
            MET if one.kept else MISSED,
        )
        for one in lines
    ]
    return markdown_table(header, rows)


def _five() -> Sequence[float]:
    return boundaries([0.2, 0.4, 0.6, 0.8, 1.0], 0.05)


def _world(one: FalseAlarms) -> str:
    return f"{one.world.rate:.0%}, {one.world.units:,}, {_split(one.world.treatment_share)}, {one.reads}"


def _split(share: float) -> str:
    return f"{100.0 * (1.0 - share):.0f}:{100.0 * share:.0f}"


def _effect(one: Power) -> str:
    return f"{one.rates[0]:.0%} to {one.rates[1]:.0%}"
