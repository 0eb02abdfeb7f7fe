"""How leads stand, as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from core.health.health import LeadLevel, LevelChange
from core.health.standing import HealthReading, Standing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def standing_to_json(standing: Standing) -> str:
    """Return the changes and readings of a standing, times as microseconds since 1970 UTC."""
    body = {
        "changes": [
            [change.from_level.value, change.to_level.value, _micros(change.change_time)] for change in standing.changes
        ],
        "readings": [[_micros(reading.read_time), reading.score] for reading in standing.readings],
    }
    return json.dumps(body, separators=(",", ":"))


def standing_from_json(body: str, *, level: str, level_time: datetime, score: float, assess_time: datetime) -> Standing:
    """Return a standing from the columns of its row.

    Raises:
        ValueError: If the row is not one that was written here.
    """
    content = json.loads(body)
    return Standing(
        level=LeadLevel(level),
        level_time=level_time,
        score=score,
        assess_time=assess_time,
        changes=tuple(
            LevelChange(from_level=LeadLevel(before), to_level=LeadLevel(after), change_time=_moment(micros))
            for before, after, micros in content["changes"]
        ),
        readings=tuple(HealthReading(_moment(micros), score) for micros, score in content["readings"]),
    )


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
