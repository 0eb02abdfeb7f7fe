"""Server processes restarted, stopped and killed one at a time under load."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from random import Random

from tests.e2e.chaos.callers import Load, Made, callers
from tests.e2e.chaos.counted import answered_calls
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import PROCESSES, Server, serving, signal_to
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.requests import score_file
from tests.e2e.chaos.verdicts import NOT_BEGUN, NOT_CONNECTED, REFUSED
from tests.parts.ports import free_port

TITLE = "Processes rolled, stopped and killed under load"
CALLERS = 6
PAUSE_SECONDS = 0.003
"""Between two calls of a caller, so that new processes get the time to start."""
NEVER_BEGAN = {f"UNAVAILABLE {REFUSED}", f"UNAVAILABLE {NOT_CONNECTED}", f"UNAVAILABLE {NOT_BEGUN}"}


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Do each of the three, several times."""
    report, random = Report("rolling", TITLE), Random(seed)
    home = bench.sqlite_home()
    path = score_file(home.folder)

    def load(*, retries: bool) -> Load:
        return Load(path=path, processes=1, threads=CALLERS, channels=CALLERS, retries=retries, pause=PAUSE_SECONDS)

    with ExitStack() as stack:
        patient, bare = stack.enter_context(callers(1)), stack.enter_context(callers(1))
        port = free_port()
        settings = {**home.settings, "metrics_port": port}
        server = stack.enter_context(serving(home.folder, processes=PROCESSES, **settings))
        ways: dict[str, Callable[[], None]] = {
            "all rolled by SIGHUP": lambda: _roll(server),
            "one ended by SIGTERM": lambda: _end_one(server, random, signal.SIGTERM),
            "one ended by SIGKILL": lambda: _end_one(server, random, signal.SIGKILL),
        }
        for name, act in ways.items():
            before = answered_calls(port, "ScoringService/Score")
            with_policy = patient.begin(server.target, load(retries=True))
            without = bare.begin(server.target, load(retries=False))
            took = [_timed(act, random) for _ in range(effort.rolls)]
            time.sleep(0.5)
            kept, tried_once = with_policy.finish(), without.finish()
            _tell(report, name, effort.rolls, kept, tried_once)
            if not name.endswith("SIGKILL"):
                # Exact: whatever the server answered, by its own count, and no caller got.
                answered = answered_calls(port, "ScoringService/Score") - before
                lost = answered - kept.ok - tried_once.ok
                report.none(f"{name}, {effort.rolls} times: calls under way lost", lost, of=f"{answered:,}")
            report.note(f"{name}: back to {PROCESSES} serving processes after {max(took):.1f} s at most.")
    return report


def _timed(act: Callable[[], None], random: Random) -> float:
    time.sleep(random.uniform(0.1, 0.6))
    began = time.monotonic()
    act()
    return time.monotonic() - began


def _roll(server: Server) -> None:
    before = set(server.workers())
    server.send(signal.SIGHUP)
    server.wait_until_replaced(before)


def _end_one(server: Server, random: Random, number: signal.Signals) -> None:
    victim = random.choice(server.workers())
    signal_to(victim, number)
    server.wait_until_replaced({victim})


def _tell(report: Report, name: str, times: int, kept: Made, tried_once: Made) -> None:
    what = f"{name}, {times} times"
    report.none(f"{what}: failed calls with the retry policy", kept.failed, of=f"{len(kept.rows):,}")
    lost = tried_once.count(lambda verdict: verdict != "OK" and verdict not in NEVER_BEGAN)
    total = f"{len(tried_once.rows):,}"
    share = lost / max(1, len(tried_once.rows))
    figure = f"{lost:,} of {total} ({share:.2%})"
    report.check(f"{what}: calls cut off without it", bar="told", figure=figure, held=True)
    report.note(f"{what}, each call tried once: {tried_once.told()}.")
    if kept.failed:
        report.note(f"With the policy: {kept.told()}; {dict(kept.texts.most_common(5))}")
    if lost:
        report.note(f"Without it: {dict(tried_once.texts.most_common(5))}")
