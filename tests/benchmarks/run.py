"""``make bench``: speed beside an empty RPC, against the budgets; rewrites docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from leadline.v1 import scoring_service_pb2 as pb

from server.convert.lead import lead_to_wire
from tests.benchmarks.breakdown import measure_steps
from tests.benchmarks.budget import MISSED, plain_table
from tests.benchmarks.explain_speed import measure
from tests.benchmarks.machine import machine_facts
from tests.benchmarks.readiness import seconds_to_first_score
from tests.benchmarks.registered import fit_and_activate, open_trainer, sample_table
from tests.benchmarks.speed import Effort, measure_speed, score_messages
from tests.benchmarks.speed_page import (
    DETAIL_HEADER,
    HEADER,
    STEP_HEADER,
    Measured,
    budget_lines,
    cells_of,
    detail_rows,
    speed_page,
    step_rows,
)
from training.sample import generate_leads

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
FIT_LEADS, FIT_SEED = 2_000, 7
"""As the starter version's."""
ASKED_LEADS, ASKED_SEED = 4_000, 11
"""Other leads than those fitted on."""
FULL = Effort(pairs=5, seconds=3.0, starts=5)
QUICK = Effort(pairs=3, seconds=1.0, starts=3)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 whatever the figures are, because a shared machine is no judge."""
    parsed = _parser().parse_args(arguments)
    effort = QUICK if parsed.quick else FULL
    began, busy = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        measured = _measure(Path(folder), effort, began)
    rows = [cells_of(line) for line in budget_lines(measured)]
    sys.stdout.write("\n" + plain_table(HEADER, rows) + "\n")
    sys.stdout.write(plain_table(DETAIL_HEADER, detail_rows(measured.speed)) + "\n")
    sys.stdout.write(plain_table(STEP_HEADER, step_rows(measured.steps)) + "\n")
    missed = sum(row[-1] == MISSED for row in rows)
    sys.stdout.write(f"{len(rows) - missed} of {len(rows)} budgets met. {machine_facts()}\n")
    if not parsed.no_write:
        spent = f"{effort.pairs} pairs of rounds of {effort.seconds:g} s for each load, {effort.starts} starts."
        spent += f" Mean number of processes that wanted a core in the minute before: {busy:.1f}."
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(speed_page(measured, facts=machine_facts(), effort=spent), encoding="utf-8")
        sys.stdout.write(f"Written to docs/{PAGE.name}.\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds; the figures are rougher")
    parser.add_argument("--no-write", action="store_true", help="leave docs/benchmarks.md as it is")
    return parser


def _measure(folder: Path, effort: Effort, began: float) -> Measured:
    def tell(doing: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:4.0f} s  {doing}\n")
        sys.stdout.flush()

    tell(f"fitting a version on {FIT_LEADS:,} sample leads")
    trainer = open_trainer(folder)
    _, version = fit_and_activate(trainer, sample_table(FIT_LEADS, FIT_SEED))
    leads = [lead for lead, _ in generate_leads(ASKED_LEADS, ASKED_SEED)]
    speed = measure_speed(folder, leads, effort, tell)
    tell("starting servers")
    first = pb.ScoreRequest(lead=lead_to_wire(leads[0]))
    ready = seconds_to_first_score(folder, first, starts=effort.starts)
    tell("explaining rows")
    explaining = measure()
    tell("taking a Score apart")
    return Measured(
        speed=speed,
        ready=ready,
        explaining=explaining,
        features=version.manifest.feature_count,
        steps=measure_steps(trainer, version, score_messages(leads, 0).bodies),
    )


if __name__ == "__main__":
    sys.exit(main())
