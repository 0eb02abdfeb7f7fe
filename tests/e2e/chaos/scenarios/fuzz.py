"""Random requests and random bytes, to every method."""

from __future__ import annotations

from random import Random

from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.fuzzing import Fuzzed, fuzzers
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import PROCESSES, Server, serving
from tests.e2e.chaos.random_messages import all_methods
from tests.e2e.chaos.report import Report

TITLE = "Random requests and random bytes"
WARM_UP_SHARE = 0.1
MOST_GROWTH_MIB = 50.0
_SHOWN_HEX = 160


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Send them, and look at the processes afterwards."""
    report, random = Report("fuzz", TITLE), Random(seed)
    home = bench.sqlite_home()
    with serving(home.folder, processes=PROCESSES, **home.settings) as server, fuzzers() as clients:
        before_all = server.workers()
        warm = round(WARM_UP_SHARE * effort.requests)
        clients.send(server.target, kind="valid", seed=random.randrange(10**6), count=warm)
        before = server.resident_mib()
        valid = clients.send(server.target, kind="valid", seed=seed, count=effort.requests)
        raw = clients.send(server.target, kind="raw", seed=seed, count=effort.raw)
        after = server.resident_mib()
        report.none("processes that ended", len(set(before_all) - set(server.workers())), of=f"{len(before_all)}")
        _tell(report, "valid requests answered INTERNAL, UNKNOWN, too late or not at all", valid)
        _tell(report, "raw bytes answered with anything but INVALID_ARGUMENT", raw)
        _tell_memory(report, before, after)
        report.none("incidents logged", _incidents(server))
    report.note(f"{len(all_methods())} methods, found in the descriptors; seed {seed}.")
    return report


def _tell(report: Report, what: str, fuzzed: Fuzzed) -> None:
    report.none(what, fuzzed.wrong_count, of=f"{fuzzed.codes.total():,}")
    counts = ", ".join(f"{count:,} {code}" for code, count in fuzzed.codes.most_common())
    report.note(f"Answers: {counts}.")
    for example in fuzzed.wrong[:5]:
        hexed = example["hex"]
        shown = hexed if len(hexed) <= _SHOWN_HEX else f"{hexed[:_SHOWN_HEX]}… ({len(hexed) // 2} bytes)"
        report.note(f"{example['method']}: {example['verdict']}: {example['text']}: {shown}")


def _tell_memory(report: Report, before: dict[int, float], after: dict[int, float]) -> None:
    growth = max((after[pid] - before[pid] for pid in before if pid in after), default=float("nan"))
    sizes = " and ".join(f"{size:.0f}" for size in after.values())
    figure = f"{growth:+.1f} MB, to {sizes} MB"
    held = growth < MOST_GROWTH_MIB
    report.check("growth of a process after warm-up, at most", bar="< 50 MB", figure=figure, held=held)


def _incidents(server: Server) -> int:
    return server.times_logged("incident")
