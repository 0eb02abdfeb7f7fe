"""Hours in which a channel is quiet, in the lead's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.actions.action import LONGEST_NAME
from core.errors import InvalidInput, Violation

DAY_MINUTES = 1_440
_LAST_WEEKDAY = 7
_LONGEST_SILENCE = timedelta(days=8)
"""A silence that lasts so long has no end: it is every week's."""
_LONGEST_ZONE = 64
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When a channel is quiet: from one minute of the day to another, and on whole days of the week.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    channel: str = ""
    """"" for all that have none of their own."""
    start_minute: int = 0
    """0 to 1439."""
    end_minute: int = 0
    """0 to 1439, not quiet any more. Before ``start_minute``: past midnight. The same: no hours, only weekdays."""
    quiet_weekdays: frozenset[int] = frozenset()
    """1 is Monday, 7 Sunday."""

    def __post_init__(self) -> None:
        found = [
            Violation(field=name, rule=f"must be 0 to {DAY_MINUTES - 1}")
            for name in ("start_minute", "end_minute")
            if not 0 <= getattr(self, name) < DAY_MINUTES
        ]
        if len(self.channel) > LONGEST_NAME:
            found.append(Violation(field="channel", rule=f"must be at most {LONGEST_NAME} characters"))
        if any(not 1 <= day <= _LAST_WEEKDAY for day in self.quiet_weekdays):
            found.append(Violation(field="quiet_weekdays", rule="must be 1 (Monday) to 7 (Sunday)"))
        if self.start_minute == self.end_minute and not self.quiet_weekdays:
            found.append(Violation(field="end_minute", rule="must differ from start_minute without quiet_weekdays"))
        if found:
            raise InvalidInput(found)

    def covers(self, local: datetime) -> bool:
        """Return whether it is quiet at a local time."""
        if local.isoweekday() in self.quiet_weekdays:
            return True
        minute, start, end = local.hour * 60 + local.minute, self.start_minute, self.end_minute
        if start <= end:
            return start <= minute < end
        return minute >= start or minute < end

    def next_change(self, local: datetime) -> datetime:
        """Return the local time, without its zone, until which this silence, which covers ``local``, lasts at least."""
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        if local.isoweekday() in self.quiet_weekdays:
            return midnight + timedelta(days=1)
        end = midnight + timedelta(minutes=self.end_minute)
        return end if end > local.replace(tzinfo=None) else end + timedelta(days=1)


def is_quiet(hours: tuple[QuietHours, ...], local: datetime) -> bool:
    """Return whether any of the hours covers a local time."""
    return any(one.covers(local) for one in hours)


def quiet_until(hours: tuple[QuietHours, ...], moment: datetime, zone: tzinfo) -> datetime | None:
    """Return when a silence ends, UTC; None if it does not within a week.

    Args:
        hours: Those of one channel, one of which covers ``moment``.
        moment: Aware.
        zone: The lead's.
    """
    now = moment
    while now - moment < _LONGEST_SILENCE:
        local = now.astimezone(zone)
        covering = [one for one in hours if one.covers(local)]
        if not covering:
            return now.astimezone(UTC)
        now = _after(now, max(one.next_change(local) for one in covering), zone)
    return None


def _after(now: datetime, local: datetime, zone: tzinfo) -> datetime:
    """Return when a local time, without its zone, is next; where clocks skip it, when they have."""
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > second:
        return _skipped(second, first, zone)
    # Where clocks go back, the same local time comes again.
    return max(first if first > now else second, now + _SECOND)


def _skipped(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the moment between two at which clocks go forward, to the second."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo | None:
    """Return a zone of the IANA database, None if it has no such zone. Leads say anything: it is looked up once."""
    if name == "UTC":
        return UTC
    if not 1 <= len(name) <= _LONGEST_ZONE or not name.isascii():
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None
