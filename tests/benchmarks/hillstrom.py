"""``python -m tests.benchmarks.hillstrom``: an e-mail test with known answers, replayed as an experiment."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.experiments.experiment import MetricKind
from core.experiments.results import Comparison, Range
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.hillstrom_answers import Answer, Run, answers, replay
from tests.benchmarks.learning_page import write_section
from tests.parts.hillstrom import CONTROL, DATA, FILE_NAME, TREATMENTS, read_customers
from tests.parts.hillstrom_replay import DAYS

PAGE = Path(__file__).parents[2] / "docs" / "experiments.md"
READINGS = ("treatment", "value", "control", "difference", "95 % interval", "statistic", "p, corrected", "adjusted")
LOOKS = (
    "treatment",
    "looks",
    "first crossing",
    "statistic there",
    "boundary there",
    "interval over all",
    "always valid",
)
ANSWERS = ("known answer", "counted from the rows", "the experiment says", "verdict")
MET, MISSED = "met", "missed"
Table = tuple[str, Sequence[str], list[list[str]]]


def main(arguments: list[str] | None = None) -> int:
    """Replay, print and write; 1 if an answer is not the known one."""
    parsed = _parser().parse_args(arguments)
    file = parsed.data / FILE_NAME
    if not file.is_file():
        sys.stdout.write(f"Skipped: {FILE_NAME} is not in the data folder.\n")
        return 0
    customers = read_customers(file)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="leadline-hillstrom-") as folder:
        runs = replay(customers, Path(folder))
    tables = [table for run in runs for table in _tables(run)]
    for heading, header, rows in tables:
        sys.stdout.write(f"\n{heading}\n{plain_table(header, rows)}")
    missed = [answer for run in runs for answer in answers(run) if not answer.met]
    sys.stdout.write(f"\n{len(missed)} answers missed; {time.monotonic() - began:.0f} s\n")
    if parsed.write:
        write_section("hillstrom", _markdown(len(customers), tables), PAGE)
    return int(bool(missed))


def _tables(run: Run) -> Iterator[Table]:
    name = f"Conversion: {run.name}"
    yield f"{name}. {run.last.recommendation.sentence}", READINGS, list(_readings(run))
    yield f"{name}, planned looks", LOOKS, [_looks(run, one) for one in TREATMENTS]
    yield f"{name}, known answers", ANSWERS, [_verdict(answer) for answer in answers(run)]


def _readings(run: Run) -> Iterator[list[str]]:
    for treatment in TREATMENTS:
        yield _reading(run.comparison(treatment, MetricKind.CONVERSION), "rate", 100.0)
    if run.name == "purchase":
        for treatment in TREATMENTS:
            yield _reading(run.comparison(treatment, MetricKind.CONVERSION_VALUE), "dollars each", 1.0)


def _reading(one: Comparison, unit: str, scale: float) -> list[str]:
    """Return a line; rates in per cent and their differences in points."""
    fixed, adjusted = one.fixed_horizon, one.adjusted
    without = "none" if adjusted is None else _difference(adjusted.difference, adjusted.interval, scale)
    return [
        f"{one.treatment}, {unit}",
        f"{scale * one.treatment_value:.3f}",
        f"{scale * one.control_value:.3f}",
        f"{scale * one.difference:+.3f}",
        _range(fixed.interval, scale),
        f"{fixed.statistic:.3f}",
        f"{fixed.adjusted_p_value:.2g}",
        without,
    ]


def _looks(run: Run, treatment: str) -> list[str]:
    looks = [look for look in run.last.looks if look.treatment == treatment]
    first = next((look for look in looks if look.crossed), looks[-1])
    always = run.comparison(treatment, MetricKind.CONVERSION).always_valid
    return [
        f"{treatment} against {CONTROL}",
        f"{len(looks)}",
        f"look {first.number}, {first.information:.0%} of the units" if first.crossed else "never",
        f"{first.statistic:.3f}",
        f"{first.boundary:.3f}",
        _range(looks[-1].interval, 100.0),
        "none" if always is None else _range(always.interval, 100.0),
    ]


def _verdict(answer: Answer) -> list[str]:
    return [answer.question, answer.expected, answer.found, MET if answer.met else MISSED]


def _difference(difference: float, interval: Range, scale: float) -> str:
    return f"{scale * difference:+.3f} ({_range(interval, scale)})"


def _range(interval: Range, scale: float) -> str:
    return f"{scale * interval.lower:+.3f} to {scale * interval.upper:+.3f}"


def _markdown(units: int, tables: Sequence[Table]) -> str:
    shown = "\n".join(f"{heading}\n\n{markdown_table(header, rows)}" for heading, header, rows in tables)
    return (
        "`python -m tests.benchmarks.hillstrom --write`. An e-mail test (hillstrom_email) with three random arms, "
        f"{units:,} customers: those of the data folder, a part of the whole, so figures elsewhere differ. Each row is "
        "an exposure with the variant it had and a propensity of 1/3; its visit, and in a second experiment its "
        f"purchase and what was spent, is a conversion. The rows come in their order over {DAYS} days, through the "
        "store, and results are read at the end of each day, which takes the planned look if one is due. Rates are in "
        "per cent, their differences and intervals in points; `adjusted` takes out what was spent in the year before. "
        f"Known answers are counted from the rows by the program itself.\n\n{shown}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.hillstrom", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="where the data sets are")
    parser.add_argument("--write", action="store_true", help="rewrite the section of docs/experiments.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
