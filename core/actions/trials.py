"""What rankers are learned from and judged by: actions that were chosen with a known probability, and how it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from core.actions.decision_log import DecisionRow, LoggedAction
from core.actions.outcome import LINK, TAKEN, ActionOutcome, OutcomeReport
from core.criteria.facts import Facts


class Worth(NamedTuple):
    """What an action is worth to the business."""

    value: float
    """Of a conversion."""
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One action that was put first, and whether the lead converted.

    What is learned is what it brings to put an action first, not to take it: an answer that was declined brought
    nothing, unless the lead converted by another action of the same answer.
    """

    lead_id: str
    action_id: str
    propensity: float
    """Probability with which it was put first, in (0, 1)."""
    time: datetime
    facts: Facts
    """What was known of the lead then."""
    converted: bool
    candidates: frozenset[str]
    """Actions that had a chance, itself among them; empty where nobody said which."""


def trials_of_decisions(
    decisions: Iterable[DecisionRow],
    reports: Mapping[str, Sequence[OutcomeReport]],
    now: datetime,
    window: timedelta,
) -> Iterator[Trial]:
    """Yield the trials of answers in which chance had a part.

    Args:
        decisions: Answers.
        reports: What became of their actions, by decision id. Answers of which nothing was reported are none: nobody
            may have looked at them.
        now: The present moment; what may still end well is not yielded.
        window: Within which a conversion is the action's.
    """
    for row in decisions:
        told = reports.get(row.decision_id, ())
        chances = {one.action_id: one.propensity for one in row.candidates if one.propensity > 0.0}
        first = row.shown[0] if row.shown else ""
        if not told or not 0.0 < chances.get(first, 0.0) < 1.0:
            continue
        converted = _converted(told, row.decide_time, now, window)
        if converted is not None:
            yield Trial(
                lead_id=row.lead_id,
                action_id=first,
                propensity=chances[first],
                time=row.decide_time,
                facts=row.facts,
                converted=converted,
                candidates=frozenset(chances),
            )


def trials_of_reports(reports: Iterable[OutcomeReport], now: datetime, window: timedelta) -> Iterator[Trial]:
    """Yield the trials of actions that were chosen elsewhere, with a probability that was told.

    Args:
        reports: Reports without an answer, oldest first: those that began a contact and those that are linked to it.
        now: The present moment.
        window: Within which a conversion is the action's.
    """
    contacts: dict[str, list[OutcomeReport]] = defaultdict(list)
    for report in reports:
        if not report.decision_id:
            contacts[report.outcome_id].append(report)
        elif report.decision_id.startswith(LINK):
            contacts[report.decision_id.removeprefix(LINK)].append(report)
    for outcome_id, told in contacts.items():
        first = next((one for one in told if one.outcome_id == outcome_id), None)
        if first is None or first.propensity is None or first.propensity >= 1.0:
            continue
        converted = _converted(told, first.outcome_time, now, window)
        if converted is not None:
            yield Trial(
                lead_id=first.lead_id,
                action_id=first.action_id,
                propensity=first.propensity,
                time=first.outcome_time,
                facts=first.context or {},
                converted=converted,
                candidates=frozenset(),
            )


def worths_of(decisions: Iterable[DecisionRow], known: Mapping[str, Worth]) -> Mapping[str, Worth]:
    """Return what actions are worth: as the catalogue says, else as the newest answer with them said.

    Args:
        decisions: Oldest first.
        known: Of the catalogue in use.
    """
    logged = {one.action_id: _worth(one) for row in decisions for one in row.candidates}
    return {**logged, **known}


def _worth(one: LoggedAction) -> Worth:
    return Worth(value=one.value, cost=one.cost)


def _converted(told: Sequence[OutcomeReport], begun: datetime, now: datetime, window: timedelta) -> bool | None:
    """Return how it ended, None if it may still end well."""
    outcomes = {one.outcome for one in told if one.outcome_time <= begun + window}
    if ActionOutcome.CONVERTED in outcomes:
        return True
    is_over = ActionOutcome.NOT_CONVERTED in outcomes or not outcomes & TAKEN
    return False if is_over or now > begun + window else None
