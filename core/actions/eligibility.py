"""The hard rules: which actions may be taken now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from core.actions.action import NO_COOL_DOWN
from core.actions.dropped import Dropped, DropReason
from core.actions.past import Past, cap_ends, rest_ends
from core.actions.quiet_hours import QuietHours, is_quiet, quiet_until
from core.actions.ready import ReadyAction, ReadyCatalog
from core.criteria.facts import Facts
from core.criteria.unmet import first_unmet

_Rule = Callable[[ReadyAction], Dropped | None]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The actions of a catalogue, in its order."""

    allowed: Sequence[ReadyAction]
    dropped: Sequence[Dropped]


class _Silence(NamedTuple):
    """Whether some quiet hours hold now, and until when."""

    is_now: bool
    until: datetime | None = None


class Rules:
    """Says which actions may be taken for one lead at one moment, and why not the others.

    Args:
        ready: The catalogue.
        facts: What is known of the lead.
        past: What was done before; its ``now`` is the moment.
        channels: Only these; empty: all.
        has_agent: Whether somebody is named who would act: caps per agent are his.
        explain: Whether somebody reads why a lead is not eligible, and when a silence ends.
    """

    def __init__(
        self,
        ready: ReadyCatalog,
        facts: Facts,
        past: Past,
        *,
        channels: Collection[str] = (),
        has_agent: bool = False,
        explain: bool = True,
    ) -> None:
        self._ready = ready
        self._facts = facts
        self._past = past
        self._now = past.now
        self._channels = frozenset(channels)
        self._zone = ready.zone(facts)
        self._local = past.now.astimezone(self._zone)
        self._silences: dict[tuple[QuietHours, ...], _Silence] = {(): _Silence(is_now=False)}
        self._lead_full = cap_ends(ready.catalog.lead_cap, past.lead_times, past.now)
        self._agent_full = cap_ends(ready.catalog.agent_cap, past.agent_times, past.now) if has_agent else None
        self._has_agent = has_agent
        self._explain = explain
        self._rules = self._that_can_break()

    def sort(self) -> Sorted:
        """Return which actions may be taken."""
        allowed, dropped = [], []
        for one in self._ready.actions:
            why = self.drop_of(one)
            if why is None:
                allowed.append(one)
            else:
                dropped.append(why)
        return Sorted(allowed=allowed, dropped=dropped)

    def drop_of(self, one: ReadyAction) -> Dropped | None:
        """Return the first reason against an action, None if it may be taken."""
        for rule in self._rules:
            dropped = rule(one)
            if dropped is not None:
                return dropped
        return None

    def _that_can_break(self) -> tuple[_Rule, ...]:
        """Return the rules that what was done leaves open, in the order of DropReason: the first that is met is told.

        Most leads were not contacted lately, and every rule is asked of every action.
        """
        past = self._past
        was_contacted = bool(past.lead_times)
        found: tuple[tuple[_Rule, bool], ...] = (
            (self._validity, True),
            (self._eligibility, True),
            (self._consent, True),
            (self._quiet_hours, bool(self._ready.catalog.quiet_hours)),
            (self._cool_downs, was_contacted),
            (self._lead_caps, was_contacted),
            (self._agent_caps, self._has_agent and bool(past.agent_times)),
            (self._daily_cap, bool(past.day_counts)),
            (self._exclusions, was_contacted),
            (self._rejection, bool(past.rejected)),
        )
        return tuple(rule for rule, can_break in found if can_break)

    def _validity(self, one: ReadyAction) -> Dropped | None:
        start, end = one.action.start_time, one.action.end_time
        if start is not None and self._now < start:
            return _drop(one, DropReason.NOT_VALID_NOW, "Begins later", start)
        if end is not None and self._now >= end:
            return _drop(one, DropReason.NOT_VALID_NOW, "Has ended")
        return None

    def _eligibility(self, one: ReadyAction) -> Dropped | None:
        if self._channels and one.action.channel not in self._channels:
            return _drop(one, DropReason.NOT_ELIGIBLE, "Not on a channel that was asked for")
        if one.test is not None and not one.test(self._facts):
            return _drop(one, DropReason.NOT_ELIGIBLE, self._why_not(one))
        return None

    def _why_not(self, one: ReadyAction) -> str:
        eligibility = one.action.eligibility
        if not self._explain or eligibility is None:
            return ""
        return first_unmet(eligibility, self._facts)

    def _consent(self, one: ReadyAction) -> Dropped | None:
        if not one.consent_field or self._facts.get(one.consent_field) is True:
            return None
        return _drop(one, DropReason.NO_CONSENT, f"No consent to {one.action.channel}")

    def _quiet_hours(self, one: ReadyAction) -> Dropped | None:
        silence = self._silences.get(one.quiet_hours)
        if silence is None:
            silence = self._silences[one.quiet_hours] = self._silence(one.quiet_hours)
        if not silence.is_now:
            return None
        text = f"{one.action.channel} is quiet at {self._local:%H:%M} of the lead's day"
        return _drop(one, DropReason.QUIET_HOURS, text, silence.until)

    def _silence(self, hours: tuple[QuietHours, ...]) -> _Silence:
        if not is_quiet(hours, self._local):
            return _Silence(is_now=False)
        return _Silence(is_now=True, until=quiet_until(hours, self._now, self._zone) if self._explain else None)

    def _cool_downs(self, one: ReadyAction) -> Dropped | None:
        action, past = one.action, self._past
        rest = action.cool_down
        if rest is NO_COOL_DOWN:
            return None
        times = past.action_times.get(action.action_id)
        until = rest_ends(times[-1] if times else None, rest.action, self._now)
        if until is not None:
            return _drop(one, DropReason.ACTION_COOL_DOWN, "Was taken a short time ago", until)
        if action.group:
            until = rest_ends(past.group_last.get(action.group), rest.group, self._now)
            if until is not None:
                text = f"An action of the group {action.group} was taken a short time ago"
                return _drop(one, DropReason.GROUP_COOL_DOWN, text, until)
        if action.channel:
            until = rest_ends(past.channel_last.get(action.channel), rest.channel, self._now)
            if until is not None:
                text = f"There was contact by {action.channel} a short time ago"
                return _drop(one, DropReason.CHANNEL_COOL_DOWN, text, until)
        return None

    def _lead_caps(self, one: ReadyAction) -> Dropped | None:
        own = cap_ends(one.action.lead_cap, self._past.action_times.get(one.action.action_id, ()), self._now)
        until = _later(own, self._lead_full)
        return None if until is None else _drop(one, DropReason.LEAD_CAP, "The lead has had as many as it may", until)

    def _agent_caps(self, one: ReadyAction) -> Dropped | None:
        times = self._past.agent_action_times.get(one.action.action_id, ())
        until = _later(cap_ends(one.action.agent_cap, times, self._now), self._agent_full)
        return None if until is None else _drop(one, DropReason.AGENT_CAP, "The agent has had as many as it may", until)

    def _daily_cap(self, one: ReadyAction) -> Dropped | None:
        cap = one.action.daily_cap
        if not cap or self._past.day_counts.get(one.action.action_id, 0) < cap:
            return None
        midnight = self._now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        return _drop(one, DropReason.DAILY_CAP, f"Was taken {cap:,} times today", midnight)

    def _exclusions(self, one: ReadyAction) -> Dropped | None:
        ends = list(self._rests(one))
        if not ends:
            return None
        until, other = max(ends)
        return _drop(one, DropReason.EXCLUDED, f"{other} was taken a short time ago", until)

    def _rests(self, one: ReadyAction) -> Iterator[tuple[datetime, str]]:
        taken = self._past.action_times
        for other, window in one.rests_after:
            times = taken.get(other)
            until = rest_ends(times[-1] if times else None, window, self._now)
            if until is not None:
                yield until, other

    def _rejection(self, one: ReadyAction) -> Dropped | None:
        if one.action.action_id not in self._past.rejected:
            return None
        return _drop(one, DropReason.REJECTED, "The lead does not want it")


def _drop(one: ReadyAction, reason: DropReason, text: str, until: datetime | None = None) -> Dropped:
    return Dropped(action_id=one.action.action_id, reason=reason, text=text, available_time=until)


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    if first is None or second is None:
        return first or second
    return max(first, second)
