"""Which aggregates can be kept up live in bounded memory; live and past refuse the others alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.errors import InvalidInput
from core.features.streams.aggregate import Aggregate, Function
from core.features.streams.decay import STEPS_PER_HALF_LIFE
from core.features.streams.declaration import StreamPlan
from core.features.streams.fields import NUMBERS
from core.features.streams.window import DAY_US

MAX_SESSIONS = 5_000
"""A window holds no more sessions than fit into it with their gaps between them."""
_ARITHMETIC = frozenset({Function.SUM, Function.SQUARES, Function.MIN, Function.MAX, Function.DECAYED})
_OF_A_FIELD = frozenset(
    {
        Function.SUM,
        Function.SQUARES,
        Function.MIN,
        Function.MAX,
        Function.FIRST,
        Function.LAST,
        Function.DISTINCT,
        Function.HISTOGRAM,
    }
)


def check_plan(plan: StreamPlan) -> None:
    """Check that every aggregate of a plan can be kept.

    Raises:
        InvalidInput: Names the aggregate's attribute, for example ``aggregates[3].gap_us``.
    """
    names = [aggregate.name for aggregate in plan.aggregates]
    for index, aggregate in enumerate(plan.aggregates):
        if names.index(aggregate.name) != index:
            raise InvalidInput.of(f"aggregates[{index}].name", "must be unique")
        _check(aggregate, f"aggregates[{index}]")


def _check(aggregate: Aggregate, path: str) -> None:
    if aggregate.function in _OF_A_FIELD and aggregate.field is None:
        raise InvalidInput.of(f"{path}.field", f"must be given for {aggregate.function.value}")
    if aggregate.function in _ARITHMETIC and aggregate.field is not None and aggregate.field not in NUMBERS:
        raise InvalidInput.of(f"{path}.field", f"must be a number for {aggregate.function.value}")
    if check := _CHECKS.get(aggregate.function):
        check(aggregate, path)


def _check_steps(aggregate: Aggregate, path: str) -> None:
    if not aggregate.window.span_us:
        raise InvalidInput.of(f"{path}.window", "must not be all of history for steps")


def _check_decayed(aggregate: Aggregate, path: str) -> None:
    if aggregate.window.span_us:
        raise InvalidInput.of(f"{path}.window", "must be all of history for decayed: it forgets by itself")
    if aggregate.half_life_us <= 0 or aggregate.half_life_us % STEPS_PER_HALF_LIFE:
        raise InvalidInput.of(f"{path}.half_life_us", f"must be a positive multiple of {STEPS_PER_HALF_LIFE}")


def _check_sessions(aggregate: Aggregate, path: str) -> None:
    """Sessions of all of history grow by one a gap: with gaps of a day a decade has 3 652 at most."""
    window = aggregate.window
    shortest = (window.span_us + window.step_us) // MAX_SESSIONS if window.span_us else DAY_US
    if aggregate.gap_us < max(shortest, 1):
        raise InvalidInput.of(f"{path}.gap_us", f"must be at least {max(shortest, 1)} in the window {window.name}")


_CHECKS: Mapping[Function, Callable[[Aggregate, str], None]] = {
    Function.STEPS: _check_steps,
    Function.DECAYED: _check_decayed,
    Function.SESSIONS: _check_sessions,
}
