"""Checks an answer of NextBestActions rule by rule, with code of its own: slow, simple, and nothing shared with what it
checks but the values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.actions.action import Action, ContactCap
from core.actions.answer import NextActions
from core.actions.catalog import ActionCatalog
from core.actions.dropped import DropReason
from core.actions.ranking import RankingBasis
from core.criteria.criterion import All, AnyOf, Comparison, Criterion, Not
from tests.parts.action_cases import LeadCase

_TAKEN = {"accepted", "converted", "not_converted"}
_TICK = timedelta(microseconds=1)
_TIMED = {
    DropReason.QUIET_HOURS,
    DropReason.ACTION_COOL_DOWN,
    DropReason.GROUP_COOL_DOWN,
    DropReason.CHANNEL_COOL_DOWN,
    DropReason.LEAD_CAP,
    DropReason.AGENT_CAP,
    DropReason.EXCLUDED,
}
_TERMS = {
    RankingBasis.INCREMENTAL_VALUE: ["uplift_value", "context", "lever", "fatigue"],
    RankingBasis.PROPENSITY: ["propensity", "context", "value", "lever", "fatigue"],
    RankingBasis.PRIORITY: ["priority", "context", "lever", "fatigue"],
}


def violations(catalog: ActionCatalog, case: LeadCase, answer: NextActions) -> list[str]:
    """Return everything that is wrong with an answer that was asked for with all reasons."""
    return [*_wrong_rules(catalog, case, answer), *_wrong_places(catalog, answer), *_wrong_terms(catalog, case, answer)]


def _wrong_rules(catalog: ActionCatalog, case: LeadCase, answer: NextActions) -> Iterator[str]:
    shown = [one.action_id for one in answer.actions]
    dropped = {one.action_id: one for one in answer.dropped}
    everything = sorted([*shown, *(one.action_id for one in answer.dropped)])
    if everything != sorted(one.action_id for one in catalog.actions):
        yield "not every action is there once"
    for action in catalog.actions:
        broken = broken_rule(catalog, case, action, case.now)
        if action.action_id in shown:
            if broken is not None:
                yield f"{action.action_id} is shown against {broken.name}"
            continue
        told = dropped[action.action_id]
        if broken is None:
            if told.reason not in {DropReason.EXCLUDED_IN_ANSWER, DropReason.BELOW_LIMIT, DropReason.NO_EXPECTED_VALUE}:
                yield f"{action.action_id} is left out by {told.reason.name}, which it does not break"
        elif told.reason is not broken:
            yield f"{action.action_id} is left out by {told.reason.name}, not by {broken.name}"
        elif broken in _TIMED:
            yield from _wrong_end(catalog, case, action, broken, told.available_time)


def _wrong_end(
    catalog: ActionCatalog, case: LeadCase, action: Action, reason: DropReason, end: datetime | None
) -> Iterator[str]:
    name = f"{action.action_id} {reason.name}"
    if end is None or end <= case.now:
        yield f"{name} ends at {end}"
        return
    if _holds(catalog, case, action, reason, end):
        yield f"{name} has not ended at {end}"
    if not _holds(catalog, case, action, reason, end - _TICK):
        yield f"{name} has ended before {end}"


def broken_rule(catalog: ActionCatalog, case: LeadCase, action: Action, now: datetime) -> DropReason | None:
    """Return the first hard rule that an action breaks."""
    for reason in DropReason:
        if reason in _CHECKS and _holds(catalog, case, action, reason, now):
            return reason
    return None


def _holds(catalog: ActionCatalog, case: LeadCase, action: Action, reason: DropReason, now: datetime) -> bool:
    return _CHECKS[reason](catalog, case, action, now)


def _not_valid(catalog, case, action, now) -> bool:
    after_start = action.start_time is None or action.start_time <= now
    return not (after_start and (action.end_time is None or now < action.end_time))


def _not_eligible(catalog, case, action, now) -> bool:
    if case.channels and action.channel not in case.channels:
        return True
    return action.eligibility is not None and not _met(action.eligibility, case.facts)


def _no_consent(catalog, case, action, now) -> bool:
    if not action.needs_consent:
        return False
    return case.facts.get("lead.attributes." + catalog.consent_prefix + action.channel) is not True


def _quiet(catalog, case, action, now) -> bool:
    if not action.channel:
        return False
    mine = [hours for hours in catalog.quiet_hours if hours.channel == action.channel]
    if not mine:
        mine = [hours for hours in catalog.quiet_hours if hours.channel == ""]
    try:
        zone = ZoneInfo(
            str(case.facts.get("lead.attributes." + catalog.time_zone_attribute) or catalog.default_time_zone)
        )
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo(catalog.default_time_zone)
    local = now.astimezone(zone)
    minutes = range(local.hour * 60 + local.minute, local.hour * 60 + local.minute + 1)
    for hours in mine:
        if local.weekday() + 1 in hours.quiet_weekdays:
            return True
        end = hours.end_minute + (1440 if hours.end_minute < hours.start_minute else 0)
        quiet = {minute % 1440 for minute in range(hours.start_minute, end)}
        if quiet.intersection(minutes):
            return True
    return False


def _taken_within(contacts, now, span) -> list:
    return [one for one in contacts if one.outcome.value in _TAKEN and now - span < one.time]


def _action_rest(catalog, case, action, now) -> bool:
    return any(one.action_id == action.action_id for one in _taken_within(case.contacts, now, action.cool_down.action))


def _group_rest(catalog, case, action, now) -> bool:
    recent = _taken_within(case.contacts, now, action.cool_down.group)
    return action.group != "" and any(one.group == action.group for one in recent)


def _channel_rest(catalog, case, action, now) -> bool:
    recent = _taken_within(case.contacts, now, action.cool_down.channel)
    return action.channel != "" and any(one.channel == action.channel for one in recent)


def _over(cap: ContactCap | None, contacts, now) -> bool:
    return cap is not None and len(_taken_within(contacts, now, cap.window)) >= cap.count


def _lead_capped(catalog, case, action, now) -> bool:
    own = [one for one in case.contacts if one.action_id == action.action_id]
    return _over(action.lead_cap, own, now) or _over(catalog.lead_cap, case.contacts, now)


def _agent_capped(catalog, case, action, now) -> bool:
    if not case.agent_id:
        return False
    own = [one for one in case.agent_contacts if one.action_id == action.action_id]
    return _over(action.agent_cap, own, now) or _over(catalog.agent_cap, case.agent_contacts, now)


def _day_capped(catalog, case, action, now) -> bool:
    return action.daily_cap > 0 and case.day_counts.get(action.action_id, 0) >= action.daily_cap


def _excluded(catalog, case, action, now) -> bool:
    for other in catalog.actions:
        spans = []
        if other.action_id in action.excluded_action_ids:
            spans.append(action.exclusion_window)
        if action.action_id in other.excluded_action_ids:
            spans.append(other.exclusion_window)
        for span in spans:
            if any(one.action_id == other.action_id for one in _taken_within(case.contacts, now, span)):
                return True
    return False


def _rejected(catalog, case, action, now) -> bool:
    return any(one.action_id == action.action_id and one.outcome.value == "rejected" for one in case.contacts)


_CHECKS = {
    DropReason.NOT_VALID_NOW: _not_valid,
    DropReason.NOT_ELIGIBLE: _not_eligible,
    DropReason.NO_CONSENT: _no_consent,
    DropReason.QUIET_HOURS: _quiet,
    DropReason.ACTION_COOL_DOWN: _action_rest,
    DropReason.GROUP_COOL_DOWN: _group_rest,
    DropReason.CHANNEL_COOL_DOWN: _channel_rest,
    DropReason.LEAD_CAP: _lead_capped,
    DropReason.AGENT_CAP: _agent_capped,
    DropReason.DAILY_CAP: _day_capped,
    DropReason.EXCLUDED: _excluded,
    DropReason.REJECTED: _rejected,
}


def _met(criterion: Criterion, facts) -> bool:
    if isinstance(criterion, All):
        return not [part for part in criterion.criteria if not _met(part, facts)]
    if isinstance(criterion, AnyOf):
        return bool([part for part in criterion.criteria if _met(part, facts)])
    if isinstance(criterion, Not):
        return not _met(criterion.criterion, facts)
    return criterion.field in facts and _compared(criterion, facts[criterion.field])


def _compared(comparison: Comparison, fact) -> bool:
    value = comparison.value
    is_number = type(fact) in {int, float}
    same = type(fact) in {int, float} if type(value) in {int, float} else type(fact) is type(value)
    return {
        "known": lambda: True,
        "equal": lambda: same and fact == value,
        "not_equal": lambda: not (same and fact == value),
        "less": lambda: is_number and fact < value,
        "at_most": lambda: is_number and fact <= value,
        "greater": lambda: is_number and fact > value,
        "at_least": lambda: is_number and fact >= value,
        "one_of": lambda: type(fact) is str and fact in comparison.texts,
        "contains": lambda: type(fact) is tuple and value in fact,
    }[comparison.operator.value]()


def _wrong_places(catalog: ActionCatalog, answer: NextActions) -> Iterator[str]:
    by_id = {action.action_id: action for action in catalog.actions}
    shown = [by_id[one.action_id] for one in answer.actions]
    for first in shown:
        for second in shown:
            if second.action_id in first.excluded_action_ids:
                yield f"{first.action_id} and {second.action_id} are in one answer"
    scores = [one.rank_score for one in answer.actions]
    ordered = scores[1:] if answer.actions and answer.actions[0].is_explored else scores
    if ordered != sorted(ordered, reverse=True):
        yield "the order is not that of the scores"
    for one in answer.dropped:
        blockers = [
            shown_one.action_id
            for shown_one in shown
            if one.action_id in shown_one.excluded_action_ids
            or shown_one.action_id in by_id[one.action_id].excluded_action_ids
        ]
        if (one.reason is DropReason.EXCLUDED_IN_ANSWER) and not blockers:
            yield f"{one.action_id} is excluded by nothing in the answer"


def _wrong_terms(catalog: ActionCatalog, case: LeadCase, answer: NextActions) -> Iterator[str]:
    by_id = {action.action_id: action for action in catalog.actions}
    for one in answer.actions:
        total = None
        for term in one.terms:
            total = term.factor if total is None else total * term.factor
        if total != one.rank_score:
            yield f"{one.action_id}: its terms make {total!r}, not {one.rank_score!r}"
        if [term.name for term in one.terms] != _TERMS[answer.basis]:
            yield f"{one.action_id}: its terms are not those of {answer.basis.value}"
        factors = {term.name: term.factor for term in one.terms}
        action = by_id[one.action_id]
        percent = sum(w.percent for w in action.context_weights if _met(w.criterion, case.facts))
        if factors["context"] != min(10.0, max(0.1, 1.0 + percent / 100.0)) or factors["lever"] != action.lever:
            yield f"{one.action_id}: its context or lever is not the catalogue's"
        if not 0.01 <= factors["fatigue"] <= 1.0:
            yield f"{one.action_id}: fatigue out of range"
