"""docs/reliability.md from the reports of one run."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.budget import markdown_table
from tests.benchmarks.machine import machine_facts
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.report import HEADER, Report

_HEAD = """# Reliability

Written by `make chaos`; the last run's figures, whatever they say. The driver in `tests/e2e/chaos` starts real
processes, drives load, keeps its own record of what was acknowledged, injects faults drawn from a seed, and looks at
the record afterwards.

"""


def reliability_page(reports: Sequence[Report], *, seed: int, effort: Effort) -> str:
    """Return the page."""
    missed = sum(len(report.missed()) for report in reports)
    checks = sum(len(report.checks) for report in reports)
    parts = [
        _HEAD,
        f"`make chaos SEED={seed}`, {effort.name} form: {checks - missed} of {checks} checks met. {machine_facts()}\n",
        "Load, server and dependencies share the cores of that machine.\n",
        *map(_section, reports),
    ]
    return "\n".join(parts)


def _section(report: Report) -> str:
    table = markdown_table(HEADER, [check.cells for check in report.checks])
    notes = "\n".join(f"- {sentence}" for sentence in report.notes)
    command = f"`python -m tests.e2e.chaos --only {report.name}`, {report.seconds:.0f} s."
    return f"## {report.title}\n\n{command}\n\n{table}\n{notes}\n"
