"""``python -m tests.e2e.chaos``: runs the scenarios and says what came of them."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

# Before gRPC is loaded: what it does at a fork can crash the child that becomes a server of another user.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # noqa: TID251

from tests.benchmarks.budget import plain_table
from tests.benchmarks.learning_page import write_section
from tests.e2e.chaos.effort import LONG, SHORT, Effort
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.page import reliability_page, section_body
from tests.e2e.chaos.report import HEADER, Report
from tests.e2e.chaos.scenarios import SCENARIOS

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
LEARNING = "learning"
"""The scenario whose figures belong on the page about learning too."""


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; 0 if every check held."""
    parsed = _parser().parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if parsed.seed is None else parsed.seed
    effort = SHORT if parsed.short else LONG
    names = parsed.only or list(SCENARIOS)
    sys.stdout.write(f"seed {seed}, {effort.name} form: {', '.join(names)}\n")
    with tempfile.TemporaryDirectory(prefix="leadline-chaos-") as folder:
        reports = list(run_all(Path(folder), names, seed, effort))
    missed = sum(len(report.missed()) for report in reports)
    checks = sum(len(report.checks) for report in reports)
    sys.stdout.write(f"{checks - missed} of {checks} checks held; seed {seed}.\n")
    if parsed.write:
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        page = reliability_page(before, reports, list(SCENARIOS), seed=seed, effort=effort)
        PAGE.write_text(page, encoding="utf-8")
        for report in reports:
            if report.name == LEARNING:
                write_section("killed", section_body(report, seed, effort))
        sys.stdout.write(f"Written to docs/{PAGE.name}.\n")
    return 1 if missed else 0


def run_all(folder: Path, names: Sequence[str], seed: int, effort: Effort) -> Sequence[Report]:
    """Run scenarios one after the other and tell each as it ends."""
    bench, reports = Bench(folder), []
    try:
        for name in names:
            reports.append(_run(bench, name, seed, effort))
            tell(reports[-1])
    finally:
        bench.close()
    return reports


def run_one(bench: Bench, name: str, seed: int, effort: Effort) -> Report:
    """Run one scenario and note how long it took."""
    began = time.monotonic()
    report = SCENARIOS[name](bench, seed, effort)
    report.seconds = time.monotonic() - began
    return report


def _run(bench: Bench, name: str, seed: int, effort: Effort) -> Report:
    """Run one scenario; one that cannot go on is a check that was missed, and the next one is run all the same."""
    try:
        return run_one(bench, name, seed, effort)
    except Exception as problem:  # noqa: BLE001  whatever it is, it is told
        report = Report(name, f"{name.capitalize()}, not run to its end")
        said = " ".join(f"{type(problem).__name__}: {problem}".split())[:200]
        report.check("ran to its end", bar="yes", figure=said, held=False)
        traceback.print_exc()
        return report


def tell(report: Report) -> None:
    """Print one report."""
    sys.stdout.write(f"\n{report.name}: {report.title} ({report.seconds:.0f} s)\n")
    sys.stdout.write(plain_table(HEADER, [check.cells for check in report.checks]))
    for sentence in report.notes:
        sys.stdout.write(f"  {sentence}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="of the order and the moments of faults; drawn if absent")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--short", action="store_true", help="seconds for each scenario, as in make test")
    form.add_argument("--long", action="store_true", help="the whole of it, up to 20 minutes; the default")
    parser.add_argument("--only", action="append", choices=list(SCENARIOS), help="a scenario; may be repeated")
    parser.add_argument(
        "--write", action="store_true", help="rewrite docs/reliability.md, and its part of docs/learning.md"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
