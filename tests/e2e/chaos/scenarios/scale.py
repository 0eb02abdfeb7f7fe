"""Two server processes beside one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.e2e.chaos.callers import Callers, Load, Made, callers
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import Server, serving
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.requests import batch_file, score_file

TITLE = "Two processes beside one"
LEAST_TIMES = 1.6
BATCH = 100
WARM_UP_SECONDS = 0.5


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Measure both, for Score and for BatchScore; nothing is drawn here."""
    report = Report("scale", TITLE)
    home = bench.sqlite_home()
    files = {"Score": (score_file(home.folder), 8), f"BatchScore of {BATCH}": (batch_file(home.folder, BATCH), 2)}
    with callers(2) as clients:
        rates = {}
        for count in (1, 2):
            with serving(home.folder, processes=count, **home.settings) as server:
                rates[count] = _measure(report, server, clients, files, effort.load_seconds)
    for name in files:
        one, two = rates[1][name], rates[2][name]
        figure = f"{two / one:.2f} times: {two:,.0f} beside {one:,.0f} calls/s"
        held = two >= LEAST_TIMES * one
        report.check(f"{name}: rate of 2 processes", bar="≥ 1.6 times", figure=figure, held=held, timing=True)
    report.note(
        "The callers share the cores with the server, so that two processes never have two cores to themselves."
    )
    return report


def _measure(
    report: Report, server: Server, clients: Callers, files: dict[str, tuple[Path, int]], seconds: float
) -> dict[str, float]:
    rates, count = {}, server.processes
    for name, (path, threads) in files.items():
        load = Load(path=path, threads=threads, channels=4, seconds=seconds, retries=False)
        clients.run(server.target, replace(load, seconds=WARM_UP_SECONDS))
        used = server.cpu_seconds()
        made = clients.run(server.target, load)
        used = server.cpu_seconds() - used
        rates[name] = made.goodput
        report.note(f"{name}, {count} {'process' if count == 1 else 'processes'}: {_cores(made, used)}")
        report.none(f"{name}, {count}: failed calls", made.failed, of=f"{len(made.rows):,}")
    memory = server.resident_mib()
    report.note(f"Resident memory with {count}: {', '.join(f'{size:.0f}' for size in memory.values())} MiB.")
    return rates


def _cores(made: Made, used: float) -> str:
    return (
        f"{made.goodput:,.0f} calls/s, p99 {made.p99():.1f} ms; "
        f"server {used / made.seconds:.2f} cores, callers {made.cpu_seconds / made.seconds:.2f}."
    )
