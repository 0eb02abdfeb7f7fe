"""docs/reliability.md from reports. Scenarios may be run apart: a run replaces its own sections of the page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.benchmarks.budget import markdown_table
from tests.benchmarks.machine import machine_facts
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.report import HEADER, Report

_HEAD = """# Reliability

Written by `make chaos`; the last run's figures of each scenario, whatever they say. The driver in `tests/e2e/chaos`
starts real processes, drives load, keeps its own record of what was acknowledged, injects faults drawn from a seed, and
looks at the record afterwards. Load, server and dependencies share the cores of one machine.
"""
_SECTION = re.compile(r"^## .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"--only (\w+)")


def reliability_page(before: str, reports: Sequence[Report], order: Sequence[str], *, seed: int, effort: Effort) -> str:
    """Return the page.

    Args:
        before: The page as it is, "" if there is none.
        reports: Of this run.
        order: Names of all scenarios.
        seed: Of this run.
        effort: Of this run.
    """
    sections = {name: section for section in _SECTION.findall(before) for name in _NAME.findall(section)[:1]}
    sections |= {report.name: _section(report, seed, effort) for report in reports}
    return "\n".join([_HEAD, *(sections[name].rstrip() + "\n" for name in order if name in sections)])


def _section(report: Report, seed: int, effort: Effort) -> str:
    return f"## {report.title}\n\n{section_body(report, seed, effort)}"


def section_body(report: Report, seed: int, effort: Effort) -> str:
    """Return what one report says, without its heading."""
    table = markdown_table(HEADER, [check.cells for check in report.checks])
    notes = "\n".join(f"- {sentence}" for sentence in report.notes)
    met = len(report.checks) - len(report.missed())
    command = f"`python -m tests.e2e.chaos --{effort.name} --only {report.name} --seed {seed}`, {report.seconds:.0f} s"
    return f"{command}: {met} of {len(report.checks)} checks met.\n{machine_facts()}\n\n{table}\n{notes}\n"
