"""What is kept of a lead's health: its level, which the next one depends on, and readings for the trend."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from core.health.health import LeadLevel, LevelChange

LEVELS = tuple(LeadLevel)
BOUNDS = (26.0, 38.0, 50.0, 65.0, 80.0)
"""Health at which each level after the first begins."""
MARGIN = 2.5
"""How far beyond a bound the health must be before the level follows."""
MOST_CHANGES = 10
READING_EVERY = timedelta(hours=6)
"""Of the readings within such a part of a day the newest is kept."""
READINGS_KEPT = timedelta(days=14)
SHORTEST_TREND = timedelta(days=2)
WRITE_EVERY = timedelta(hours=1)
"""How old what is stored gets while the level stays as it is."""
_WEEK_SECONDS = timedelta(weeks=1).total_seconds()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HealthReading(NamedTuple):
    """The health of a lead at a moment."""

    read_time: datetime
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a lead stands."""

    level: LeadLevel
    level_time: datetime
    """Since when."""
    score: float
    assess_time: datetime
    """When ``score`` was read."""
    changes: tuple[LevelChange, ...] = ()
    """Newest first, at most 10."""
    readings: tuple[HealthReading, ...] = ()
    """Oldest first, at most one of every 6 hours of the last 14 days."""


def level_at(score: float, before: LeadLevel | None) -> LeadLevel:
    """Return the level of a health.

    Without a level before it is the one whose bounds the health lies in. A level that was reached is left upwards only
    from ``MARGIN`` above its upper bound on, and downwards only below ``MARGIN`` under its lower one: while the health
    stays within any band of twice the margin, the level cannot go up and come down again (a Schmitt trigger).
    """
    if before is None:
        return LEVELS[sum(score >= bound for bound in BOUNDS)]
    place = LEVELS.index(before)
    while place < len(BOUNDS) and score >= BOUNDS[place] + MARGIN:
        place += 1
    while place > 0 and score < BOUNDS[place - 1] - MARGIN:
        place -= 1
    return LEVELS[place]


def advance(before: Standing | None, score: float, moment: datetime) -> Standing:
    """Return where a lead stands with a newer reading. One that is not newer changes nothing."""
    if before is None:
        return Standing(
            level=level_at(score, None),
            level_time=moment,
            score=score,
            assess_time=moment,
            readings=(HealthReading(moment, score),),
        )
    if moment <= before.assess_time:
        return before
    now = replace(before, score=score, assess_time=moment, readings=_with_reading(before.readings, moment, score))
    level = level_at(score, before.level)
    if level is before.level:
        return now
    change = LevelChange(from_level=before.level, to_level=level, change_time=moment)
    return replace(now, level=level, level_time=moment, changes=(change, *before.changes)[:MOST_CHANGES])


def is_due(before: Standing | None, after: Standing) -> bool:
    """Return whether to store where a lead stands now: where it changed its level, and otherwise once an hour."""
    if before is None or after.level is not before.level:
        return True
    return after.assess_time - before.assess_time >= WRITE_EVERY


def trend(standing: Standing) -> float | None:
    """Return by how many points a week the health moved: the least-squares slope of the readings.

    None where they span less than two days.
    """
    readings = standing.readings
    if not readings or readings[-1].read_time - readings[0].read_time < SHORTEST_TREND:
        return None
    weeks = [(read_time - readings[0].read_time).total_seconds() / _WEEK_SECONDS for read_time, _ in readings]
    middle = math.fsum(weeks) / len(weeks)
    spread = math.fsum((week - middle) ** 2 for week in weeks)
    return math.fsum((week - middle) * score for week, (_, score) in zip(weeks, readings, strict=True)) / spread


def _with_reading(readings: tuple[HealthReading, ...], moment: datetime, score: float) -> tuple[HealthReading, ...]:
    eldest, part = moment - READINGS_KEPT, _part(moment)
    kept = [one for one in readings if one.read_time > eldest and _part(one.read_time) != part]
    return (*kept, HealthReading(moment, score))


def _part(moment: datetime) -> int:
    return (moment - _EPOCH) // READING_EVERY
