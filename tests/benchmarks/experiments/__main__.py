"""``python -m tests.benchmarks.experiments``: false alarms and power, measured and written to docs/experiments.md."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.benchmarks.experiments.false_alarms import (
    MANY_READS,
    SPLITS,
    mismatch_alarms,
    open_ended_alarms,
    open_ended_worlds,
    planned_alarms,
    worlds,
)
from tests.benchmarks.experiments.power import EFFECTS, measure_power
from tests.benchmarks.experiments.section import Measured, Mismatch, section
from tests.benchmarks.learning_page import write_section

PAGE = Path(__file__).parents[3] / "docs" / "experiments.md"
RUNS = 2_000
OPEN_ENDED_PART = 4
"""Experiments without a plan are read to the end each time: a quarter as many are played."""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write the section; 1 if something promised was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="simulated experiments in each line")
    parser.add_argument("--write", action="store_true", help="write the section of docs/experiments.md")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    measured = _measure(chosen.runs)
    command = f"python -m tests.benchmarks.experiments --runs {chosen.runs} --write"
    text = section(measured, command, chosen.runs)
    sys.stdout.write(f"{text}\n{time.monotonic() - began:.0f} s.\n")
    if chosen.write:
        write_section("errors", text, PAGE)
    return int(bool(measured.missed))


def _measure(runs: int) -> Measured:
    fewer = max(1, runs // OPEN_ENDED_PART)
    return Measured(
        planned=[planned_alarms(world, reads, runs) for world, reads in worlds()],
        open_ended=[open_ended_alarms(world, MANY_READS, fewer) for world in open_ended_worlds()],
        mismatches=[
            Mismatch(split=split, runs=runs, checked=checked, chi_square=plain)
            for split in SPLITS
            for checked, plain in [mismatch_alarms(split, runs)]
        ],
        powers=[measure_power(rates, runs) for rates in EFFECTS],
    )


if __name__ == "__main__":
    sys.exit(main())
