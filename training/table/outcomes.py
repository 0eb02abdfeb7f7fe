"""Reads whether each lead converted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from training.table.cells import comparable, parse_column, parse_number
from training.table.grid import Grid
from training.table.mapping import LeadMapping, OutcomeRule
from training.table.problems import Problems


def read_outcomes(grid: Grid, mapping: LeadMapping, problems: Problems) -> list[bool | None]:
    """Return the outcome of each row, None where it is not known yet. Notes numbers that are none."""
    rule = mapping.outcome
    texts = grid.columns[rule.column]
    empty = False if rule.missing_is_negative else None
    if rule.at_least is None:
        read = _by_value(rule)
        return parse_column(texts, lambda text: empty if text in mapping.missing else read(text))
    numbers = _numbers(grid, mapping, problems)
    return [empty if number is None else number >= rule.at_least for number in numbers]


def _by_value(rule: OutcomeRule) -> Callable[[str], bool | None]:
    positive = frozenset(map(comparable, rule.positive))
    negative = None if rule.negative is None else frozenset(map(comparable, rule.negative))

    def read(text: str) -> bool | None:
        value = comparable(text)
        if value in positive:
            return True
        return False if negative is None or value in negative else None

    return read


def _numbers(grid: Grid, mapping: LeadMapping, problems: Problems) -> Sequence[float | None]:
    column = mapping.outcome.column
    texts = grid.columns[column]
    numbers = parse_column(texts, parse_number)
    for position, (text, number) in enumerate(zip(texts, numbers, strict=True)):
        if number is None and text not in mapping.missing:
            problems.add("must be a number", place=grid.place(position), column=column)
    return numbers


def check_outcomes(outcomes: Sequence[bool], mapping: LeadMapping, problems: Problems, min_samples: int) -> None:
    """Refuse what nothing can be learned from.

    Raises:
        InvalidInput: If there are fewer than ``min_samples`` outcomes, or all are the same.
    """
    column = mapping.outcome.column
    wanted = "a number of the limit or more" if mapping.outcome.at_least is not None else _listed(mapping.outcome)
    if len(outcomes) < min_samples:
        problems.add(
            f"must hold at least {min_samples:,} rows with a known outcome, not {len(outcomes):,}", column=column
        )
    elif not any(outcomes):
        problems.add(f"must hold converted leads ({wanted}); it has none", column=column)
    elif all(outcomes):
        problems.add(f"must hold leads that did not convert; all {len(outcomes):,} did ({wanted})", column=column)
    problems.check()


def _listed(rule: OutcomeRule) -> str:
    return "one of " + ", ".join(sorted(rule.positive))
