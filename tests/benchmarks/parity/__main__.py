"""``python -m tests.benchmarks.parity``: are live features those of the past, on public logs, clean and disturbed?"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from core.behavior.plan import LEAD_PLAN
from core.event import Event
from core.features.streams.declaration import StreamPlan
from core.interactions.plan import INTERACTION_PLAN
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.benchmarks.parity.arrivals import Arrivals, late_and_twice, on_time
from tests.benchmarks.parity.comparison import Parity, compare
from tests.benchmarks.parity.logs import LOGS, available

PLANS: Sequence[StreamPlan] = (LEAD_PLAN, INTERACTION_PLAN)
VARIANTS: Sequence[tuple[str, Callable[[Iterable[Event]], Arrivals]]] = (
    ("as it is", on_time),
    ("5 % late, 5 % twice", late_and_twice),
)
HEADER = (
    "log",
    "events arrive",
    "plan",
    "rows",
    "features",
    "values compared",
    "rows that differ",
    "past, s",
    "live, µs per event",
)


def main(arguments: list[str] | None = None) -> int:
    """Replay, print and write; 1 if a row differs or nothing was compared."""
    parsed = _parser().parse_args(arguments)
    began = time.monotonic()
    found = []
    for line, parity in _replays(parsed.events):
        found.append((line, parity))
        sys.stdout.write(f"{' | '.join(line)}\n")
        for example in parity.examples:
            sys.stdout.write(f"  differs: {example}\n")
        sys.stdout.flush()
    lines = [line for line, _ in found]
    sys.stdout.write(f"\n{plain_table(HEADER, lines)}\n{time.monotonic() - began:.0f} s\n")
    if parsed.write and lines:
        write_section("parity", _markdown(lines), PAGE)
    return int(not lines or any(parity.differing or not parity.rows for _, parity in found))


def _replays(limit: int | None) -> Iterator[tuple[list[str], Parity]]:
    for name, read in LOGS.items():
        if not available(name):
            sys.stdout.write(f"Skipped: {name} is not in the data folder.\n")
            continue
        sent = list(islice(read(), limit))
        for variant, arrive in VARIANTS:
            arrivals = arrive(sent)
            for plan in PLANS:
                parity = compare(plan, arrivals)
                yield _line(name, variant, plan, parity), parity


def _line(name: str, variant: str, plan: StreamPlan, parity: Parity) -> list[str]:
    return [
        name,
        variant,
        plan.name,
        f"{parity.rows:,}",
        f"{len(plan.features)}",
        f"{parity.values:,}",
        f"{parity.differing:,}",
        f"{parity.past_seconds:.1f}",
        f"{1e6 * parity.live_seconds / parity.deliveries:.1f}",
    ]


def _markdown(lines: Sequence[list[str]]) -> str:
    return (
        "`python -m tests.benchmarks.parity --write`. Each event of a log asks one row: every feature of its lead (of "
        "its lead and item) as of just before it. The live value is read from the state that has been kept up event by "
        "event; the past is computed from the log in one go. A row differs if any value is not the same to the last "
        "bit. `5 % late, 5 % twice`: one event in twenty is recorded 1 to 48 hours after it happened, so that others "
        "come before it, and one in twenty is delivered again later on. CDNOW and the shop's log name no items: how "
        "many discs were bought, and the visit in turn, stand for them. `past` is DuckDB with two threads, its "
        "finishing steps and the features computed from them; `live` is adding one event to all aggregates.\n\n"
        f"{markdown_table(HEADER, lines)}\n\n{machine_facts()}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.parity", description=__doc__)
    parser.add_argument("--events", type=int, help="only the first so many of each log")
    parser.add_argument("--write", action="store_true", help="write the section of docs/behavior.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
