"""Where the rules begin and end, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.actions.action import Action, ActionCategory, ContactCap, CoolDown
from core.actions.catalog import ActionCatalog
from core.actions.dropped import DropReason
from core.actions.eligibility import Rules
from core.actions.history import Contact
from core.actions.outcome import ActionOutcome
from core.actions.past import past_of
from core.actions.quiet_hours import QuietHours
from core.actions.ready import make_ready
from core.errors import InvalidInput

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)


def action(action_id="a", **more):
    return Action(action_id=action_id, title="t", category=ActionCategory.NURTURING, **more)


def contact(action_id="a", ago=HOUR, outcome=ActionOutcome.ACCEPTED, group="", channel=""):
    return Contact(action_id=action_id, group=group, channel=channel, agent_id="", outcome=outcome, time=NOW - ago)


def reasons(actions, contacts=(), *, facts=None, agent=None, day_counts=None, explain=True, **catalog):
    ready = make_ready(ActionCatalog(actions=tuple(actions), **catalog), 1)
    past = past_of(contacts, NOW, agent, day_counts)
    found = Rules(ready, facts or {}, past, has_agent=agent is not None, explain=explain).sort()
    return {one.action_id: (one.reason, one.available_time) for one in found.dropped}


@pytest.mark.parametrize("left", [timedelta(), MICROSECOND])
@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"cool_down": CoolDown(action=HOUR)}, DropReason.ACTION_COOL_DOWN),
        ({"cool_down": CoolDown(group=HOUR), "group": "g"}, DropReason.GROUP_COOL_DOWN),
        ({"cool_down": CoolDown(channel=HOUR), "channel": "sms"}, DropReason.CHANNEL_COOL_DOWN),
        ({"lead_cap": ContactCap(count=1, window=HOUR)}, DropReason.LEAD_CAP),
    ],
)
def test_a_rest_is_over_once_it_has_lasted(rule, reason, left):
    done = [contact(ago=HOUR - left, group="g", channel="sms")]
    assert reasons([action(**rule)], done) == ({"a": (reason, NOW + left)} if left else {})


def test_a_cap_counts_contacts_of_one_moment_each():
    capped = [action(lead_cap=ContactCap(count=2, window=HOUR))]
    assert reasons(capped, [contact(ago=MICROSECOND)]) == {}
    twice = [contact(ago=MICROSECOND), contact(ago=MICROSECOND)]
    assert reasons(capped, twice) == {"a": (DropReason.LEAD_CAP, NOW - MICROSECOND + HOUR)}
    declined = [contact(ago=MICROSECOND), contact(ago=MICROSECOND, outcome=ActionOutcome.NOT_NOW)]
    assert reasons(capped, declined) == {}
    of_all = {"lead_cap": ContactCap(count=2, window=HOUR)}
    assert set(reasons([action(), action("b")], [contact("c"), contact("a", ago=MICROSECOND)], **of_all)) == set()
    assert set(reasons([action(), action("b")], twice, **of_all)) == {"a", "b"}


def test_an_agent_s_cap_is_the_agent_s():
    capped = [action(agent_cap=ContactCap(count=1, window=HOUR))]
    assert reasons(capped, agent={"a": [NOW - MICROSECOND]}) == {"a": (DropReason.AGENT_CAP, NOW - MICROSECOND + HOUR)}
    assert reasons(capped, agent={"a": [NOW - HOUR]}) == {}
    assert reasons(capped, agent={"b": [NOW]}) == {}
    assert reasons(capped, [contact(ago=MICROSECOND)]) == {}


def test_an_exclusion_rests_both_ways():
    actions = [action("a", excluded_action_ids=("b",), exclusion_window=HOUR), action("b"), action("c")]
    for taken, rests in (("a", "b"), ("b", "a")):
        assert reasons(actions, [contact(taken, ago=HOUR - MICROSECOND)]) == {
            rests: (DropReason.EXCLUDED, NOW + MICROSECOND)
        }
        assert reasons(actions, [contact(taken, ago=HOUR)]) == {}


def test_a_day_s_cap_ends_with_the_utc_day():
    capped = [action(daily_cap=2)]
    assert reasons(capped, day_counts={"a": 1}) == {}
    assert reasons(capped, day_counts={"a": 2}) == {"a": (DropReason.DAILY_CAP, datetime(2026, 3, 2, tzinfo=UTC))}


@pytest.mark.parametrize("said", [None, False, "true", 1.0])
def test_only_true_is_consent(said):
    asked = [action(channel="sms", needs_consent=True)]
    facts = {} if said is None else {"lead.attributes.consent_sms": said}
    assert reasons(asked, facts=facts) == {"a": (DropReason.NO_CONSENT, None)}
    assert reasons(asked, facts={"lead.attributes.consent_sms": True}) == {}


def test_a_time_begins_with_its_start_and_ends_before_its_end():
    assert reasons([action(start_time=NOW)]) == {}
    assert reasons([action(start_time=NOW + MICROSECOND)]) == {"a": (DropReason.NOT_VALID_NOW, NOW + MICROSECOND)}
    assert reasons([action(end_time=NOW)]) == {"a": (DropReason.NOT_VALID_NOW, None)}
    assert reasons([action(end_time=NOW + MICROSECOND)]) == {}


def test_rejected_is_for_good():
    years_ago = contact(ago=timedelta(days=3_000), outcome=ActionOutcome.REJECTED)
    assert reasons([action(), action("b")], [years_ago]) == {"a": (DropReason.REJECTED, None)}


def test_a_silence_is_told_of_with_its_end_to_those_who_read_it():
    quiet = {"quiet_hours": (QuietHours(start_minute=11 * 60, end_minute=13 * 60),)}
    asked = [action(channel="sms"), action("b")]
    assert reasons(asked, **quiet) == {"a": (DropReason.QUIET_HOURS, NOW + HOUR)}
    assert set(reasons(asked, explain=False, **quiet)) == {"a"}


@pytest.mark.parametrize("field", ["group", "channel"])
def test_a_name_with_control_characters_is_refused(field):
    with pytest.raises(InvalidInput) as raised:
        action(**{field: "a\x00"})
    assert [one.field for one in raised.value.violations] == [field]
