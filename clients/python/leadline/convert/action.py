"""Catalogues of actions on the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from leadline.action import (
    Action,
    ActionCatalog,
    ActionCatalogVersion,
    ActionCategory,
    ContactCap,
    ContextWeight,
    CoolDown,
    QuietHours,
)
from leadline.convert.criterion import criterion_from_wire, criterion_to_wire
from leadline.convert.durations import duration_from_wire, duration_to_wire
from leadline.convert.enums import enum_number, enum_table
from leadline.convert.times import time_from_wire, time_to_wire
from leadline.errors import InvalidRequest, Violation
from leadline.v1 import action_pb2 as pb

T = TypeVar("T")
CATEGORIES: Final = enum_table(pb.ActionCategory.items(), "ACTION_CATEGORY_", ActionCategory)


def catalog_to_wire(catalog: ActionCatalog, path: str) -> pb.ActionCatalog:
    """Return a catalogue as a message.

    Raises:
        InvalidRequest: If the wire cannot carry it; names the field below ``path``.
    """
    actions = [_action_to_wire(one, f"{path}.actions[{at}]") for at, one in enumerate(catalog.actions)]
    return _fitting(
        path,
        lambda: pb.ActionCatalog(
            actions=actions,
            quiet_hours=[
                pb.QuietHours(
                    channel=one.channel,
                    start_minute=one.start_minute,
                    end_minute=one.end_minute,
                    quiet_weekdays=one.quiet_weekdays,
                )
                for one in catalog.quiet_hours
            ],
            default_time_zone=catalog.default_time_zone,
            time_zone_attribute=catalog.time_zone_attribute,
            consent_prefix=catalog.consent_prefix,
            lead_cap=_cap_to_wire(catalog.lead_cap),
            agent_cap=_cap_to_wire(catalog.agent_cap),
            exploration=catalog.exploration,
            not_now_half_life=_length(catalog.not_now_half_life),
            outcome_window=_length(catalog.outcome_window),
            baseline_action_id=catalog.baseline_action_id,
        ),
    )


def catalog_version_from_wire(wire: pb.ActionCatalogVersion) -> ActionCatalogVersion:
    """Return a message as a published catalogue."""
    return ActionCatalogVersion(
        version=wire.version,
        catalog=_catalog_from_wire(wire.catalog) if wire.HasField("catalog") else None,
        is_active=wire.is_active,
        created_by=wire.created_by,
        create_time=time_from_wire(wire.create_time) if wire.HasField("create_time") else None,
        reason=wire.reason,
    )


def _action_to_wire(action: Action, path: str) -> pb.Action:
    category = enum_number(CATEGORIES, action.category, f"{path}.category")
    eligibility = None if action.eligibility is None else criterion_to_wire(action.eligibility, f"{path}.eligibility")
    weights = [_weight_to_wire(one, f"{path}.context_weights[{at}]") for at, one in enumerate(action.context_weights)]
    return _fitting(
        path,
        lambda: pb.Action(
            action_id=action.action_id,
            title=action.title,
            category=pb.ActionCategory.ValueType(category),
            group=action.group,
            channel=action.channel,
            eligibility=eligibility,
            start_time=_moment(action.start_time),
            end_time=_moment(action.end_time),
            cool_down=_cool_down_to_wire(action.cool_down),
            lead_cap=_cap_to_wire(action.lead_cap),
            agent_cap=_cap_to_wire(action.agent_cap),
            daily_cap=action.daily_cap,
            excluded_action_ids=action.excluded_action_ids,
            exclusion_window=_length(action.exclusion_window),
            needs_consent=action.needs_consent,
            value=action.value,
            cost=action.cost,
            lever=action.lever,
            priority=action.priority,
            context_weights=weights,
            due_within=_length(action.due_within),
            wording=action.wording,
        ),
    )


def _weight_to_wire(weight: ContextWeight, path: str) -> pb.ContextWeight:
    criterion = criterion_to_wire(weight.criterion, f"{path}.criterion")
    return _fitting(path, lambda: pb.ContextWeight(criterion=criterion, percent=weight.percent, reason=weight.reason))


def _cool_down_to_wire(rest: CoolDown | None) -> pb.CoolDown | None:
    if rest is None:
        return None
    return pb.CoolDown(action=_length(rest.action), group=_length(rest.group), channel=_length(rest.channel))


def _cap_to_wire(cap: ContactCap | None) -> pb.ContactCap | None:
    return None if cap is None else pb.ContactCap(count=cap.count, window=duration_to_wire(cap.window))


def _length(length: timedelta | None) -> Duration | None:
    return duration_to_wire(length) if length else None


def _moment(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else time_to_wire(moment)


def _fitting(path: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidRequest.of([Violation(field=path, rule=f"must fit: {problem}")]) from None


def _catalog_from_wire(wire: pb.ActionCatalog) -> ActionCatalog:
    return ActionCatalog(
        actions=tuple(map(_action_from_wire, wire.actions)),
        quiet_hours=tuple(
            QuietHours(
                channel=one.channel,
                start_minute=one.start_minute,
                end_minute=one.end_minute,
                quiet_weekdays=tuple(one.quiet_weekdays),
            )
            for one in wire.quiet_hours
        ),
        default_time_zone=wire.default_time_zone,
        time_zone_attribute=wire.time_zone_attribute,
        consent_prefix=wire.consent_prefix,
        lead_cap=_cap_from_wire(wire, "lead_cap"),
        agent_cap=_cap_from_wire(wire, "agent_cap"),
        exploration=wire.exploration,
        not_now_half_life=_length_of(wire, "not_now_half_life"),
        outcome_window=_length_of(wire, "outcome_window"),
        baseline_action_id=wire.baseline_action_id,
    )


def _action_from_wire(wire: pb.Action) -> Action:
    return Action(
        action_id=wire.action_id,
        title=wire.title,
        category=CATEGORIES.get(wire.category, ActionCategory.UNKNOWN),
        group=wire.group,
        channel=wire.channel,
        eligibility=criterion_from_wire(wire.eligibility) if wire.HasField("eligibility") else None,
        start_time=_moment_of(wire, "start_time"),
        end_time=_moment_of(wire, "end_time"),
        cool_down=_cool_down_from_wire(wire.cool_down) if wire.HasField("cool_down") else None,
        lead_cap=_cap_from_wire(wire, "lead_cap"),
        agent_cap=_cap_from_wire(wire, "agent_cap"),
        daily_cap=wire.daily_cap,
        excluded_action_ids=tuple(wire.excluded_action_ids),
        exclusion_window=_length_of(wire, "exclusion_window"),
        needs_consent=wire.needs_consent,
        value=wire.value,
        cost=wire.cost,
        lever=wire.lever,
        priority=wire.priority,
        context_weights=tuple(
            ContextWeight(criterion=criterion_from_wire(one.criterion), percent=one.percent, reason=one.reason)
            for one in wire.context_weights
        ),
        due_within=_length_of(wire, "due_within"),
        wording=wire.wording,
    )


def _cool_down_from_wire(wire: pb.CoolDown) -> CoolDown:
    return CoolDown(
        action=duration_from_wire(wire.action),
        group=duration_from_wire(wire.group),
        channel=duration_from_wire(wire.channel),
    )


def _cap_from_wire(wire: Any, name: str) -> ContactCap | None:
    if not wire.HasField(name):
        return None
    cap = getattr(wire, name)
    return ContactCap(count=cap.count, window=duration_from_wire(cap.window))


def _length_of(wire: Any, name: str) -> timedelta | None:
    return duration_from_wire(getattr(wire, name)) if wire.HasField(name) else None


def _moment_of(wire: Any, name: str) -> datetime | None:
    return time_from_wire(getattr(wire, name)) if wire.HasField(name) else None
