"""More calls than can be answered, at fixed moments, whatever became of those before."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.rounds import percentile
from tests.e2e.chaos.aftermath import check_scores
from tests.e2e.chaos.callers import Callers, Load, Made, callers
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import PROCESSES, Server, serving
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.requests import batch_file, score_file
from tests.e2e.chaos.verdicts import OK, was_refused

TITLE = "Overload"
BATCH = 100
TIMES = (1, 2, 5)
LEAST_GOODPUT, MOST_SLOWER, MOST_REFUSAL_MS, MOST_BACK_SECONDS = 0.9, 3.0, 50.0, 2.0
GENTLE_SHARE = 0.2
"""Of capacity: what is called unloaded."""
WINDOW_SECONDS, NORMAL_SHARE = 0.25, 0.9
DEADLINE = 2.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Offered:
    """An open-loop load, seen from the moments at which calls were really sent."""

    made: Made
    server_cpu: float

    @property
    def span(self) -> float:
        """Seconds from the first call sent to the last."""
        sent = [row[0] + row[1] - row[2] for row in self.made.rows]
        return max(sent) - min(sent)

    @property
    def rate(self) -> float:
        return len(self.made.rows) / self.span

    @property
    def goodput(self) -> float:
        """Calls answered within the span, per second."""
        last = max(row[0] + row[1] - row[2] for row in self.made.rows)
        return sum(row[3] == OK and row[0] + row[1] <= last for row in self.made.rows) / self.span

    @property
    def refusal_p99(self) -> float:
        """In ms since the call was really sent, without the time that the caller was behind its plan."""
        return 1e3 * percentile(sorted(row[2] for row in self.made.rows if was_refused(row[3])), 0.99)


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Find the capacity, then offer multiples of it; nothing is drawn here."""
    report = Report("overload", TITLE)
    home = bench.sqlite_home()
    scores, batches = score_file(home.folder), batch_file(home.folder, BATCH)
    with ExitStack() as stack:
        clients, beside = stack.enter_context(callers(2)), stack.enter_context(callers(1))
        server = stack.enter_context(serving(home.folder, processes=PROCESSES, **home.settings))
        Surge(report, server, clients, effort, f"BatchScore of {BATCH}", batches, threads=4).run()
        Surge(report, server, clients, effort, "Score", scores, threads=16).run()
        alone = beside.run(server.target, _single_scores(scores, effort))
        flood = clients.begin(server.target, Load(path=batches, threads=32, channels=4, retries=False, timeout=10))
        made = beside.run(server.target, _single_scores(scores, effort))
        _tell_starving(report, alone, made, flood.finish())
    return report


@dataclass(frozen=True, slots=True)
class Surge:
    """Overload of one method.

    Attributes:
        threads: Of each caller, to find the capacity with.
    """

    report: Report
    server: Server
    clients: Callers
    effort: Effort
    name: str
    path: Path
    threads: int

    def run(self) -> None:
        """Measure capacity and rest, then each multiple, then the way back."""
        seconds = self.effort.load_seconds
        load = Load(path=self.path, threads=self.threads, channels=4, seconds=seconds, retries=False)
        self.clients.run(self.server.target, replace(load, seconds=0.5))
        closed = self.clients.run(self.server.target, load)
        capacity = closed.goodput
        unloaded = self._offer(GENTLE_SHARE * capacity, seconds).made.p99()
        self.report.note(
            f"{self.name}: capacity {capacity:,.0f} calls/s with {2 * self.threads} in flight, callers took "
            f"{closed.cpu_seconds / closed.seconds:.2f} cores; unloaded p99 {unloaded:.1f} ms."
        )
        for times in TIMES:
            self._tell(self._offer(times * capacity, seconds), f"{times} times capacity", times, capacity, unloaded)
        offered = self._offer(TIMES[-1] * capacity, seconds, throttled=True)
        self._tell(offered, f"{TIMES[-1]} times capacity through the client's throttle", TIMES[-1], capacity, unloaded)
        back = self._back_to_normal(capacity, unloaded)
        held = back < MOST_BACK_SECONDS
        what = f"{self.name}: back to normal"
        self.report.check(what, bar="< 2 s", figure=f"{back:.2f} s", held=held, timing=True)

    def _offer(self, rate: float, seconds: float, *, throttled: bool = False) -> Offered:
        used = self.server.cpu_seconds()
        plan = Load(path=self.path, rate=max(4.0, rate), channels=4, seconds=seconds, retries=False, timeout=DEADLINE)
        load = replace(plan, throttled=throttled)
        made = self.clients.run(self.server.target, load)
        return Offered(made, self.server.cpu_seconds() - used)

    def _tell(self, offered: Offered, how: str, times: int, capacity: float, unloaded: float) -> None:
        made, what = offered.made, f"{self.name}, {how}"
        if times == TIMES[-1]:
            share = offered.goodput / capacity
            held = share >= LEAST_GOODPUT
            self.report.check(f"{what}: goodput", bar="≥ 90 %", figure=f"{share:.0%}", held=held, timing=True)
        if times > 1:
            self._tell_latencies(what, made, unloaded)
        self.report.note(
            f"{what}: planned {times * capacity:,.0f}/s, really sent {offered.rate:,.0f}/s over {offered.span:.1f} s "
            f"({made.unsent:,} not sent, a caller at most {1e3 * made.latest:.0f} ms behind its plan); goodput "
            f"{offered.goodput:,.0f}/s, p99 {made.p99():.0f} ms; {made.told()}; p99 of refusals since they were "
            f"really sent {offered.refusal_p99:.0f} ms; cores: server {offered.server_cpu / made.seconds:.2f}, "
            f"callers {made.cpu_seconds / made.seconds:.2f}."
        )

    def _tell_latencies(self, what: str, made: Made, unloaded: float) -> None:
        slower, refusal, other = made.p99() / unloaded, made.p99(was_refused), made.failed - made.refused
        figure, held = f"{slower:.1f} times: {made.p99():.0f} ms", slower < MOST_SLOWER
        self.report.check(f"{what}: p99 of accepted", bar="< 3 times", figure=figure, held=held, timing=True)
        figure = "none refused" if math.isnan(refusal) else f"{refusal:.0f} ms"
        held = math.isnan(refusal) or refusal < MOST_REFUSAL_MS
        self.report.check(f"{what}: p99 of refusals", bar="< 50 ms", figure=figure, held=held, timing=True)
        held = other == 0
        what = f"{what}: neither answered nor refused"
        self.report.check(what, bar="0", figure=f"{other:,}", held=held, timing=True)
        if other:
            self.report.note(f"What callers were told: {dict(made.texts.most_common(5))}")

    def _back_to_normal(self, capacity: float, unloaded: float) -> float:
        """Return the seconds from the end of a surge until a gentle load is answered as before it."""
        self._offer(TIMES[-1] * capacity, 1.0)
        made = self._offer(GENTLE_SHARE * capacity, 2 * MOST_BACK_SECONDS).made
        began = min(row[0] for row in made.rows)
        limit, abnormal = 1e-3 * MOST_SLOWER * unloaded, 0.0
        for number in range(round(2 * MOST_BACK_SECONDS / WINDOW_SECONDS)):
            begin = began + number * WINDOW_SECONDS
            rows = made.between(begin, begin + WINDOW_SECONDS).rows
            normal = sum(row[3] == OK and row[1] < limit for row in rows)
            if rows and normal < NORMAL_SHARE * len(rows):
                abnormal = (number + 1) * WINDOW_SECONDS
        return abnormal


def _single_scores(path: Path, effort: Effort) -> Load:
    return Load(path=path, processes=1, rate=20.0, seconds=effort.load_seconds, retries=False)


def _tell_starving(report: Report, alone: Made, made: Made, flooding: Made) -> None:
    check_scores(report, made, while_="beside a flood of BatchScore")
    report.note(
        f"Score beside 64 callers of BatchScore: p99 {made.p99():.0f} ms, {alone.p99():.0f} ms alone; "
        f"{made.told()}; the batches: {flooding.told()}."
    )
