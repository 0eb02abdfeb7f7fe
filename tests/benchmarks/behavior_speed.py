"""What keeping features up to date costs: ``python -m tests.benchmarks.behavior_speed [--write]``.

Per event: time to apply it to all windows and half-lives of a plan. Per read: time to work out every feature, after
histories of different lengths: again, right after an event, and as the first read of a new day, when every window has
moved on. Written as section ``speed`` of docs/behavior.md.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.behavior.plan import LEAD_PLAN
from core.event import MICROSECONDS, Event
from core.features.streams.declaration import StreamPlan
from core.features.streams.live import StreamState
from core.features.streams.window import DAY_US
from core.interactions.plan import INTERACTION_PLAN
from core.recommend.lead_fold import InteractionFolds
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.parts.stream_plans import many_events

PLANS = (LEAD_PLAN, INTERACTION_PLAN)
LENGTHS = (10, 100_000)
LONGEST = 1_000_000
SLICE = 10_000
READS = 1_000
NEW_DAYS = 300
_MICRO = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Times of one act, in microseconds."""

    name: str
    times: Sequence[float]

    def row(self) -> str:
        """Return a row of a table: median and 99th percentile."""
        ordered = sorted(self.times)
        return f"| {self.name} | {statistics.median(ordered):.1f} | {ordered[int(0.99 * len(ordered))]:.1f} |"


def main(arguments: Sequence[str] = sys.argv[1:]) -> int:
    """Measure, print, and write the section if asked."""
    histories = {length: many_events(length, item_count=20_000) for length in (*LENGTHS, LONGEST)}
    gc.freeze()  # a million events in memory are the benchmark's, not the product's: no collection goes through them
    sections, costs = zip(*(_section(plan, histories) for plan in PLANS), strict=True)
    text = "\n\n".join([*sections, _together(costs, histories[LONGEST]), f"Measured on {machine_facts()}"])
    print(text)  # noqa: T201  this is a command for people
    if "--write" in arguments:
        write_section("speed", text, PAGE)
    return 0


def _together(costs: Sequence[float], events: Sequence[Event]) -> str:
    """Say what an event costs that is applied to everything."""
    fold = InteractionFolds().new()
    fold_cost = _time(lambda: [fold.add(event) for event in events]) / len(events)
    return (
        f"Of an event about an item servers keep the sums of plan `{PLANS[0].name}`, and what recommenders know of the "
        f"lead, which takes {fold_cost:.1f} microseconds; a worker keeps those of plan `{PLANS[1].name}`. "
        f"All of it takes {sum(costs) + fold_cost:.1f} microseconds, both plans {sum(costs):.1f}."
    )


def _section(plan: StreamPlan, histories: dict[int, list[Event]]) -> tuple[str, float]:
    """Return the text of one plan, and the microseconds an event takes."""
    reads = [times for length in LENGTHS for times in _reads(plan, histories[length], f"{length:,} past events")]
    filled = {length: _filled(plan, events) for length, events in histories.items()}
    sizes = [f"{len(state.to_bytes()) / 1000:.1f} kB after {length:,} events" for length, (state, _) in filled.items()]
    windows = {aggregate.window.name for aggregate in plan.aggregates}
    facts = (
        f"Plan `{plan.name}`: {len(plan.features)} features from {len(plan.aggregates)} aggregates over "
        f"{len(windows)} windows. Applying an event took {filled[LONGEST][1]:.1f} microseconds (median of the "
        f"averages of {SLICE:,} events) over {LONGEST:,} events of one entity, 5 % of them late. "
        f"A stored state takes {', '.join(sizes)}."
    )
    table = ["| reading every feature | median, microseconds | 99th percentile |", "| --- | --- | --- |"]
    return "\n".join([facts, "", *table, *(times.row() for times in reads)]), filled[LONGEST][1]


def _filled(plan: StreamPlan, events: Sequence[Event]) -> tuple[StreamState, float]:
    """Return a state with the events applied, and the microseconds an event took: the median of slices' averages."""
    state, averages = StreamState(plan), []
    for begin in range(0, len(events), SLICE):
        part = events[begin : begin + SLICE]
        averages.append(_time(lambda: _apply(state, part)) / len(part))  # noqa: B023  called at once
    return state, statistics.median(averages)


def _apply(state: StreamState, events: Sequence[Event]) -> None:
    for event in events:
        state.add(event)


def _reads(plan: StreamPlan, events: Sequence[Event], length: str) -> list[Times]:
    state, _ = _filled(plan, events)
    moment_us = events[-1].recorded_us
    again = [_time(lambda: state.values(moment_us)) for _ in range(READS)]
    after = []
    for index in range(READS):
        moment_us += MICROSECONDS
        state.add(_moved(events[index % len(events)], state.head + 1, moment_us))
        after.append(_time(lambda: state.values(moment_us)))  # noqa: B023  called at once
    first = []
    for index in range(NEW_DAYS):
        moment_us += DAY_US
        first.append(_time(lambda: state.values(moment_us)))  # noqa: B023
        # A lead that stays: the windows do not run empty.
        state.add(_moved(events[-1 - index % len(events)], state.head + 1, moment_us))
        state.values(moment_us)
    return [
        Times(name=f"{length}, read again", times=again),
        Times(name=f"{length}, right after an event", times=after),
        Times(name=f"{length}, first of a new day", times=first),
    ]


def _moved(event: Event, sequence: int, moment_us: int) -> Event:
    return event._replace(sequence=sequence, event_id=f"again-{sequence}", occurred_us=moment_us, recorded_us=moment_us)


def _time(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return _MICRO * (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
