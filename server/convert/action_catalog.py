"""Catalogues of actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from google.protobuf.duration_pb2 import Duration
from leadline.v1 import action_catalog_service_pb2 as service
from leadline.v1 import action_pb2 as pb

from core.actions.action import (
    MOST_CONTEXT_WEIGHTS,
    MOST_EXCLUSIONS,
    NO_COOL_DOWN,
    NO_TIME,
    Action,
    ActionCategory,
    ContactCap,
    ContextWeight,
    CoolDown,
)
from core.actions.catalog import (
    MOST_ACTIONS,
    MOST_QUIET_HOURS,
    USUAL_CONSENT_PREFIX,
    USUAL_NOT_NOW_HALF_LIFE,
    USUAL_OUTCOME_WINDOW,
    USUAL_ZONE,
    USUAL_ZONE_ATTRIBUTE,
    ActionCatalog,
    ActionCatalogVersion,
    CatalogSummary,
)
from core.actions.quiet_hours import QuietHours
from core.criteria.criterion import Criterion
from core.errors import InvalidInput, Violation
from server.convert.action import CATEGORIES
from server.convert.criterion import criterion_from_wire, criterion_to_wire
from server.convert.durations import duration_from_wire, duration_to_wire
from server.convert.times import time_from_wire, time_to_wire

_T = TypeVar("_T")
_CATEGORY_OF: dict[int, ActionCategory] = {number: one for one, number in CATEGORIES.items()}
CATALOG = "catalog"
"""Path of the catalogue in a request."""


def catalog_from_wire(wire: pb.ActionCatalog) -> ActionCatalog:
    """Return a catalogue.

    Raises:
        InvalidInput: Names every broken field below ``catalog``.
    """
    _check_count(wire.actions, f"{CATALOG}.actions", MOST_ACTIONS)
    _check_count(wire.quiet_hours, f"{CATALOG}.quiet_hours", MOST_QUIET_HOURS)
    problems: list[Violation] = []
    actions = _each(problems, wire.actions, f"{CATALOG}.actions", _action)
    quiet_hours = _each(problems, wire.quiet_hours, f"{CATALOG}.quiet_hours", _quiet_hours)
    if problems:
        raise InvalidInput(problems)
    return _under(CATALOG, lambda: _catalog(wire, actions, quiet_hours))


def version_to_wire(version: ActionCatalogVersion) -> pb.ActionCatalogVersion:
    """Return a version as a message."""
    return pb.ActionCatalogVersion(
        version=version.version,
        catalog=catalog_to_wire(version.catalog),
        is_active=version.is_active,
        created_by=version.created_by,
        create_time=None if version.create_time is None else time_to_wire(version.create_time),
        reason=version.reason,
    )


def summary_to_wire(summary: CatalogSummary) -> pb.ActionCatalogVersion:
    """Return a version as a message without its catalogue."""
    return pb.ActionCatalogVersion(
        version=summary.version,
        is_active=summary.is_active,
        created_by=summary.created_by,
        create_time=time_to_wire(summary.create_time),
        reason=summary.reason,
    )


def published(version: ActionCatalogVersion) -> service.PublishActionCatalogResponse:
    """Return what was published as an answer."""
    return service.PublishActionCatalogResponse(catalog_version=version_to_wire(version))


def catalog_to_wire(catalog: ActionCatalog) -> pb.ActionCatalog:
    """Return a catalogue as a message."""
    return pb.ActionCatalog(
        actions=map(_action_to_wire, catalog.actions),
        quiet_hours=[
            pb.QuietHours(
                channel=one.channel,
                start_minute=one.start_minute,
                end_minute=one.end_minute,
                quiet_weekdays=sorted(one.quiet_weekdays),
            )
            for one in catalog.quiet_hours
        ],
        default_time_zone=catalog.default_time_zone,
        time_zone_attribute=catalog.time_zone_attribute,
        consent_prefix=catalog.consent_prefix,
        lead_cap=_cap_to_wire(catalog.lead_cap),
        agent_cap=_cap_to_wire(catalog.agent_cap),
        exploration=catalog.exploration,
        not_now_half_life=duration_to_wire(catalog.not_now_half_life),
        outcome_window=duration_to_wire(catalog.outcome_window),
        baseline_action_id=catalog.baseline_action_id,
    )


def _catalog(wire: pb.ActionCatalog, actions: Sequence[Action], quiet_hours: Sequence[QuietHours]) -> ActionCatalog:
    return ActionCatalog(
        actions=tuple(actions),
        quiet_hours=tuple(quiet_hours),
        default_time_zone=wire.default_time_zone or USUAL_ZONE,
        time_zone_attribute=wire.time_zone_attribute or USUAL_ZONE_ATTRIBUTE,
        consent_prefix=wire.consent_prefix or USUAL_CONSENT_PREFIX,
        lead_cap=_cap(wire, "lead_cap"),
        agent_cap=_cap(wire, "agent_cap"),
        exploration=wire.exploration,
        not_now_half_life=_duration(wire, "not_now_half_life") or USUAL_NOT_NOW_HALF_LIFE,
        outcome_window=_duration(wire, "outcome_window") or USUAL_OUTCOME_WINDOW,
        baseline_action_id=wire.baseline_action_id,
    )


def _action(wire: pb.Action, path: str) -> Action:
    _check_count(wire.context_weights, f"{path}.context_weights", MOST_CONTEXT_WEIGHTS)
    _check_count(wire.excluded_action_ids, f"{path}.excluded_action_ids", MOST_EXCLUSIONS)
    eligibility = criterion_from_wire(wire.eligibility, f"{path}.eligibility") if wire.HasField("eligibility") else None
    problems: list[Violation] = []
    weights = _each(problems, wire.context_weights, f"{path}.context_weights", _weight)
    if problems:
        raise InvalidInput(problems)
    return _under(path, lambda: _action_of(wire, eligibility, weights))


def _action_of(wire: pb.Action, eligibility: Criterion | None, weights: Sequence[ContextWeight]) -> Action:
    return Action(
        action_id=wire.action_id,
        title=wire.title,
        category=_category(wire.category),
        group=wire.group,
        channel=wire.channel,
        eligibility=eligibility,
        start_time=_time(wire, "start_time"),
        end_time=_time(wire, "end_time"),
        cool_down=_cool_down(wire),
        lead_cap=_cap(wire, "lead_cap"),
        agent_cap=_cap(wire, "agent_cap"),
        daily_cap=wire.daily_cap,
        excluded_action_ids=tuple(wire.excluded_action_ids),
        exclusion_window=_duration(wire, "exclusion_window") or NO_TIME,
        needs_consent=wire.needs_consent,
        value=wire.value,
        cost=wire.cost,
        lever=wire.lever or 1.0,
        priority=wire.priority,
        context_weights=tuple(weights),
        due_within=_duration(wire, "due_within"),
        wording=wire.wording,
    )


def _category(number: int) -> ActionCategory:
    category = _CATEGORY_OF.get(number)
    if category is None:
        raise InvalidInput.of("category", "must be one of those in the contract")
    return category


def _weight(wire: pb.ContextWeight, path: str) -> ContextWeight:
    criterion = criterion_from_wire(wire.criterion, f"{path}.criterion")
    return _under(path, lambda: ContextWeight(criterion=criterion, percent=wire.percent, reason=wire.reason))


def _quiet_hours(wire: pb.QuietHours, path: str) -> QuietHours:
    _check_count(wire.quiet_weekdays, f"{path}.quiet_weekdays", 7)
    return _under(
        path,
        lambda: QuietHours(
            channel=wire.channel,
            start_minute=wire.start_minute,
            end_minute=wire.end_minute,
            quiet_weekdays=frozenset(wire.quiet_weekdays),
        ),
    )


def _cool_down(wire: pb.Action) -> CoolDown:
    if not wire.HasField("cool_down"):
        return NO_COOL_DOWN
    parts = {name: _under("cool_down", lambda name=name: _duration(wire.cool_down, name)) for name in _COOL_DOWNS}  # type: ignore[misc]
    return _under("cool_down", lambda: CoolDown(**{name: part or NO_TIME for name, part in parts.items()}))


_COOL_DOWNS = ("action", "group", "channel")


def _cap(wire: pb.Action | pb.ActionCatalog, name: str) -> ContactCap | None:
    if not wire.HasField(name):  # type: ignore[arg-type]  # both have both
        return None
    cap: pb.ContactCap = getattr(wire, name)
    return _under(name, lambda: ContactCap(count=cap.count, window=_duration(cap, "window") or NO_TIME))


def _duration(wire: Any, name: str) -> timedelta | None:
    return duration_from_wire(getattr(wire, name), name) if wire.HasField(name) else None


def _time(wire: Any, name: str) -> datetime | None:
    return time_from_wire(getattr(wire, name), name) if wire.HasField(name) else None


def _under(path: str, make: Callable[[], _T]) -> _T:
    try:
        return make()
    except InvalidInput as problem:
        raise problem.under(path) from None


_Wire = TypeVar("_Wire")


def _each(problems: list[Violation], wires: Iterable[_Wire], path: str, read: Callable[[_Wire, str], _T]) -> list[_T]:
    found = []
    for at, wire in enumerate(wires):
        try:
            found.append(read(wire, f"{path}[{at}]"))
        except InvalidInput as problem:
            problems.extend(problem.violations)
    return found


def _check_count(wires: Sequence[Any], path: str, most: int) -> None:
    if len(wires) > most:
        raise InvalidInput.of(path, f"must be at most {most:,}, not {len(wires):,}")


def _action_to_wire(action: Action) -> pb.Action:
    wire = pb.Action(
        action_id=action.action_id,
        title=action.title,
        category=CATEGORIES[action.category],
        group=action.group,
        channel=action.channel,
        eligibility=None if action.eligibility is None else criterion_to_wire(action.eligibility),
        start_time=None if action.start_time is None else time_to_wire(action.start_time),
        end_time=None if action.end_time is None else time_to_wire(action.end_time),
        lead_cap=_cap_to_wire(action.lead_cap),
        agent_cap=_cap_to_wire(action.agent_cap),
        daily_cap=action.daily_cap,
        excluded_action_ids=action.excluded_action_ids,
        exclusion_window=_some_duration(action.exclusion_window),
        needs_consent=action.needs_consent,
        value=action.value,
        cost=action.cost,
        lever=action.lever,
        priority=action.priority,
        due_within=_some_duration(action.due_within),
        wording=action.wording,
    )
    if action.cool_down != NO_COOL_DOWN:
        wire.cool_down.CopyFrom(_cool_down_to_wire(action.cool_down))
    for one in action.context_weights:
        wire.context_weights.add(criterion=criterion_to_wire(one.criterion), percent=one.percent, reason=one.reason)
    return wire


def _cool_down_to_wire(rest: CoolDown) -> pb.CoolDown:
    return pb.CoolDown(
        action=_some_duration(rest.action), group=_some_duration(rest.group), channel=_some_duration(rest.channel)
    )


def _cap_to_wire(cap: ContactCap | None) -> pb.ContactCap | None:
    return None if cap is None else pb.ContactCap(count=cap.count, window=duration_to_wire(cap.window))


def _some_duration(duration: timedelta | None) -> Duration | None:
    return duration_to_wire(duration) if duration else None
