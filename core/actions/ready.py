"""A catalogue made ready to be asked often: everything that does not depend on the lead is worked out once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from core.actions.action import NO_TIME, Action
from core.actions.catalog import ActionCatalog
from core.actions.known_action import KnownAction
from core.actions.quiet_hours import QuietHours, zone_named
from core.actions.wording import Wording
from core.criteria.facts import Facts
from core.criteria.holding import Test, compiled

_TIRING_HALF_LIVES = 10
"""After so many half-lives less than a thousandth of a "not now" is left."""
_ATTRIBUTE = "lead.attributes."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyWeight:
    """A context weight."""

    test: Test
    percent: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAction:
    """An action."""

    action: Action
    test: Test | None
    weights: tuple[ReadyWeight, ...]
    quiet_hours: tuple[QuietHours, ...]
    """Of its channel."""
    consent_field: str
    """Fact that must be true; "" where no consent is needed."""
    excluded: Mapping[str, timedelta]
    """Other actions by id, both ways, with the time that this one rests after them."""
    rests_after: tuple[tuple[str, timedelta], ...]
    """Those of ``excluded`` with a time."""
    known: KnownAction
    wording: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCatalog:
    """A catalogue, whose actions are in the order of the catalogue."""

    version: int
    catalog: ActionCatalog
    actions: tuple[ReadyAction, ...]
    by_id: Mapping[str, ReadyAction]
    lead_window: timedelta
    """How far back contacts of a lead matter."""
    agent_window: timedelta
    """How far back contacts of an agent matter; nothing where no cap asks for them."""
    daily_capped: tuple[str, ...]
    """Ids of the actions with a cap per day."""
    has_values: bool
    """Whether any action says what a conversion is worth."""
    default_zone: tzinfo
    zone_field: str

    def zone(self, facts: Facts) -> tzinfo:
        """Return a lead's zone; the catalogue's where it says none, or one that does not exist."""
        named = facts.get(self.zone_field)
        return (zone_named(named) if isinstance(named, str) else None) or self.default_zone


def make_ready(catalog: ActionCatalog, version: int) -> ReadyCatalog:
    """Make a catalogue ready."""
    excluded = _exclusions(catalog.actions)
    actions = tuple(_ready(action, catalog, excluded[action.action_id]) for action in catalog.actions)
    zone = zone_named(catalog.default_time_zone)
    assert zone is not None  # noqa: S101  the catalogue was built valid
    return ReadyCatalog(
        version=version,
        catalog=catalog,
        actions=actions,
        by_id={one.action.action_id: one for one in actions},
        lead_window=max(_lead_windows(catalog)),
        agent_window=max(_agent_windows(catalog)),
        daily_capped=tuple(action.action_id for action in catalog.actions if action.daily_cap),
        has_values=any(action.value > 0.0 for action in catalog.actions),
        default_zone=zone,
        zone_field=_ATTRIBUTE + catalog.time_zone_attribute,
    )


def _ready(action: Action, catalog: ActionCatalog, excluded: Mapping[str, timedelta]) -> ReadyAction:
    return ReadyAction(
        action=action,
        test=None if action.eligibility is None else compiled(action.eligibility),
        weights=tuple(
            ReadyWeight(test=compiled(one.criterion), percent=one.percent, reason=one.reason)
            for one in action.context_weights
        ),
        quiet_hours=_hours_of(action.channel, catalog.quiet_hours),
        consent_field=f"{_ATTRIBUTE}{catalog.consent_prefix}{action.channel}" if action.needs_consent else "",
        excluded=excluded,
        rests_after=tuple((other, window) for other, window in excluded.items() if window),
        known=KnownAction(
            action_id=action.action_id,
            group=action.group,
            channel=action.channel,
            value=action.value,
            cost=action.cost,
            outcome_window=catalog.outcome_window,
        ),
        wording=Wording.of(action.wording),
    )


def _hours_of(channel: str, hours: Iterable[QuietHours]) -> tuple[QuietHours, ...]:
    if not channel:
        return ()
    own = tuple(one for one in hours if one.channel == channel)
    return own or tuple(one for one in hours if not one.channel)


def _exclusions(actions: Iterable[Action]) -> Mapping[str, Mapping[str, timedelta]]:
    """Return what excludes what, both ways; where both name each other the longer time holds."""
    found: dict[str, dict[str, timedelta]] = defaultdict(dict)
    for action in actions:
        for other in action.excluded_action_ids:
            window = max(action.exclusion_window, found[action.action_id].get(other, NO_TIME))
            found[action.action_id][other] = found[other][action.action_id] = window
    return found


def _lead_windows(catalog: ActionCatalog) -> Iterable[timedelta]:
    yield _TIRING_HALF_LIVES * catalog.not_now_half_life
    if catalog.lead_cap is not None:
        yield catalog.lead_cap.window
    for action in catalog.actions:
        yield max(action.cool_down.action, action.cool_down.group, action.cool_down.channel)
        yield action.exclusion_window
        if action.lead_cap is not None:
            yield action.lead_cap.window


def _agent_windows(catalog: ActionCatalog) -> Iterable[timedelta]:
    yield NO_TIME
    if catalog.agent_cap is not None:
        yield catalog.agent_cap.window
    for action in catalog.actions:
        if action.agent_cap is not None:
            yield action.agent_cap.window
