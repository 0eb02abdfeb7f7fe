"""What became of actions is kept once, joined to what it is about, and read as contacts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.adapters.sql import contact_history
from core.adapters.sql.action_decision_store import SqlActionDecisions, decision_of
from core.adapters.sql.action_outcome_store import SqlActionOutcomes
from core.adapters.sql.action_tally_reader import SqlActionTallies
from core.adapters.sql.action_trials import SqlActionTrials
from core.adapters.sql.contact_history import SqlContactHistory
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.tables import action_decisions, action_outcomes
from core.caller import Caller
from core.errors import AlreadyExists, InvalidInput, NotFound
from core.identifiers import TenantId
from tests.parts.action_outcomes import ACME, GROUPS, SIGNER, Teller, decision, token
from tests.parts.events import event, record

WINDOW = timedelta(days=30)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def teller(database, clock):
    made = Teller(database, clock)
    made.lead("a", "b")
    return made


@pytest.fixture
def history(database):
    return SqlContactHistory(database)


def rows(database):
    with database.read(ACME.tenant) as connection:
        return connection.execute(select(action_outcomes).order_by(action_outcomes.c.outcome_time)).all()


def contacts(history, teller, lead_id="a", days=365):
    found = history.of_lead(ACME.tenant, lead_id, teller.ago(days))
    return [(one.action_id, one.outcome.value, one.time) for one in found]


def test_a_report_is_kept_as_told(database, teller):
    outcome_id = teller.tell("converted", "a", "call", value=5.0, agent_id="kim", propensity=0.5)
    (row,) = rows(database)
    assert (row.outcome_id, row.lead_id, row.action_id, row.outcome) == (outcome_id, "a", "call", "converted")
    assert (row.action_group, row.channel, row.agent_id, row.value, row.propensity) == ("talk", "call", "kim", 5.0, 0.5)
    assert row.context == '{"lead.price":10.0}'


def test_an_action_taken_keeps_all_that_was_known_but_names(database, teller):
    teller.tell("accepted", "a", "call")
    assert rows(database)[0].context == '{"health.level":"ENGAGED","lead.price":10.0}'


def test_a_conversion_is_worth_what_the_catalogue_says(database, teller):
    teller.tell("converted", "a", "call")
    assert rows(database)[0].value == 100.0


def test_the_same_request_records_once(database, teller):
    first = teller.tell("accepted", "a", "call", request_id="same")
    teller.clock.advance(60)
    assert teller.tell("accepted", "a", "call", request_id="same") == first
    assert len(rows(database)) == 1


def test_a_request_id_stands_for_one_report(teller):
    teller.tell("accepted", "a", "call", request_id="same")
    with pytest.raises(AlreadyExists):
        teller.tell("rejected", "a", "call", request_id="same")


def test_unknown_leads_and_actions_are_not_found(database, teller):
    with pytest.raises(NotFound, match="lead 'nobody'"):
        teller.tell("accepted", "nobody", "call")
    with pytest.raises(NotFound, match="action 'dance'"):
        teller.tell("accepted", "a", "dance")
    assert rows(database) == []


def test_a_seller_tells_of_own_leads_only(teller):
    seller = Caller(tenant=ACME.tenant, actor="kim", owner_id="kim")
    teller.lead("mine", owner_id="kim")
    teller.tell("accepted", action_token=token("d", "mine", "call", teller.clock.now), caller=seller)
    with pytest.raises(NotFound):
        teller.tell("accepted", action_token=token("d", "a", "call", teller.clock.now), caller=seller)
    with pytest.raises(InvalidInput, match="agent_id"):
        teller.tell("accepted", "mine", "call", caller=seller, agent_id="lee")


def test_a_lead_of_which_there_are_only_events_is_known(database, teller):
    record(SqlEventLog(database, teller.clock), ACME, event("e1", "seen"))
    teller.tell("accepted", action_token=token("d", "seen", "call", teller.clock.now))
    assert rows(database)[0].lead_id == "seen"


def test_a_token_says_what_it_was(database, teller):
    teller.tell("accepted", action_token=token("d1", "a", "mail", teller.clock.now, propensity=0.125))
    (row,) = rows(database)
    assert (row.lead_id, row.action_id, row.decision_id, row.propensity) == ("a", "mail", "d1", 0.125)
    assert row.context == ""


def test_an_action_of_a_token_may_have_left_the_catalogue(database, teller):
    teller.tell("accepted", action_token=token("d1", "a", "old", teller.clock.now))
    assert (rows(database)[0].action_id, rows(database)[0].action_group) == ("old", "")


def test_tokens_of_others_are_refused(teller):
    foreign = token("d1", "a", "mail", teller.clock.now, tenant="other")
    for bad in (foreign, "nonsense"):
        with pytest.raises(InvalidInput, match="action_token"):
            teller.tell("accepted", action_token=bad)


def test_reports_of_one_answer_are_one_contact(history, teller):
    decided = teller.ago(3)
    said = {"action_token": token("d1", "a", "call", decided)}
    teller.tell("accepted", **said, outcome_time=decided)
    teller.tell("not_converted", **said, outcome_time=teller.ago(2))
    teller.tell("converted", **said, outcome_time=teller.ago(1))
    teller.tell("accepted", **said, outcome_time=teller.ago(0.5))
    assert contacts(history, teller) == [("call", "converted", decided)]


def test_an_end_without_an_answer_belongs_to_the_newest_time_it_was_taken(history, teller):
    for days in (20, 10):
        teller.tell("accepted", "a", "call", outcome_time=teller.ago(days))
    teller.tell("converted", "a", "call", outcome_time=teller.ago(5))
    assert contacts(history, teller) == [
        ("call", "accepted", teller.ago(20)),
        ("call", "converted", teller.ago(10)),
    ]


def test_an_end_long_after_is_a_contact_by_itself(history, teller):
    teller.tell("accepted", "a", "call", outcome_time=teller.ago(60))
    teller.tell("converted", "a", "call", outcome_time=teller.ago(5))
    assert [contact[1] for contact in contacts(history, teller)] == ["accepted", "converted"]


def test_two_reports_of_one_moment_are_one_contact(history, teller):
    for _ in range(2):
        teller.tell("accepted", "a", "call", outcome_time=teller.ago(1))
    assert len(contacts(history, teller)) == 1


def test_an_end_after_the_outcome_window_is_nobodys(database, history, teller):
    decided = teller.ago(40)
    said = {"action_token": token("d1", "a", "call", decided)}
    teller.tell("accepted", **said, outcome_time=decided)
    teller.tell("converted", **said)
    assert contacts(history, teller) == [("call", "accepted", decided)]
    (tally,) = SqlActionTallies(database).tallies(ACME.tenant, teller.ago(365), teller.ago(30))
    assert (tally.trials, tally.converted) == (1, 0)


def test_declined_actions_are_read_beside_those_taken(history, teller):
    said = {"action_token": token("d1", "a", "call", teller.ago(3))}
    teller.tell("not_now", **said, outcome_time=teller.ago(2))
    teller.tell("accepted", **said, outcome_time=teller.ago(1))
    assert [contact[1] for contact in contacts(history, teller)] == ["not_now", "accepted"]


def test_rejections_hold_for_good(history, teller):
    for outcome in ("rejected", "not_now", "accepted"):
        teller.tell(outcome, "a", "call", outcome_time=teller.ago(300))
    assert [contact[1] for contact in contacts(history, teller, days=7)] == ["rejected"]


def test_a_contact_before_the_window_is_not_read_for_its_end_within(history, teller):
    teller.tell("accepted", "a", "call", outcome_time=teller.ago(10))
    teller.tell("converted", "a", "call", outcome_time=teller.ago(1))
    assert contacts(history, teller, days=5) == []
    assert history.day_counts(ACME.tenant, teller.ago(1)) == {}


def test_a_request_gets_its_first_answer_though_the_action_is_gone_since(database, teller, monkeypatch):
    said = {"lead_id": "a", "action_id": "call", "request_id": "once"}
    first = teller.tell("accepted", **said)
    monkeypatch.delitem(GROUPS, "call")
    assert teller.tell("accepted", **said) == first
    assert len(rows(database)) == 1
    with pytest.raises(AlreadyExists):
        teller.tell("rejected", **said)
    with pytest.raises(NotFound):
        teller.tell("accepted", "a", "call")


def test_a_day_begins_with_its_midnight_and_ends_before_the_next(history, teller):
    midnight = teller.clock.now.replace(hour=0, minute=0, second=0, microsecond=0)
    for moment in (midnight - MICROSECOND, midnight, midnight - timedelta(days=1)):
        teller.tell("accepted", "a", "call", outcome_time=moment)
    assert history.day_counts(ACME.tenant, midnight, ["call"]) == {"call": 1}
    assert history.day_counts(ACME.tenant, midnight - timedelta(days=1)) == {"call": 2}
    assert history.day_counts(ACME.tenant, midnight + MICROSECOND) == {}


def test_a_rejection_holds_however_much_was_told_since(history, teller, monkeypatch):
    teller.tell("rejected", "a", "mail", outcome_time=teller.ago(9))
    for days in (3, 2, 1):
        teller.tell("accepted", "a", "call", outcome_time=teller.ago(days))
    monkeypatch.setattr(contact_history, "MOST_REPORTS", 2)
    monkeypatch.setattr(contact_history, "_OF_LEAD", contact_history._OF_LEAD.limit(2))
    assert [one[:2] for one in contacts(history, teller)] == [
        ("mail", "rejected"),
        ("call", "accepted"),
        ("call", "accepted"),
    ]


@pytest.mark.parametrize("source", ["model", "rules", "recommendation", "analysis"])
def test_a_token_of_anything_but_an_action_is_refused(teller, source):
    signed = replace(SIGNER.read(token("d1", "a", "call", teller.ago(1))), source=source)
    with pytest.raises(InvalidInput) as raised:
        teller.tell("accepted", action_token=SIGNER.sign(signed))
    assert [one.field for one in raised.value.violations] == ["action_token"]


def test_agents_and_days_count_contacts_once(history, teller):
    decided = teller.ago(0.5)
    said = {"action_token": token("d1", "a", "call", decided), "agent_id": "kim"}
    teller.tell("accepted", **said, outcome_time=decided)
    teller.tell("converted", **said, outcome_time=teller.ago(0.25))
    teller.tell("accepted", "b", "call", agent_id="kim", outcome_time=teller.ago(0.125))
    teller.tell("rejected", "b", "mail", agent_id="kim", outcome_time=teller.ago(0.125))
    times = history.agent_times(ACME.tenant, "kim", teller.ago(1))
    assert times == {"call": [decided, teller.ago(0.125)]}
    assert history.day_counts(ACME.tenant, teller.ago(0.75)) == {"call": 2}
    assert history.day_counts(ACME.tenant, teller.ago(0.75), ["mail"]) == {}
    assert history.day_counts(ACME.tenant, teller.ago(0.75), ["mail", "call"]) == {"call": 2}
    assert history.agent_times(TenantId("other"), "kim", teller.ago(1)) == {}


def test_tallies_count_contacts_and_wait_for_ends(database, teller):
    tell = teller.tell
    tell("accepted", "a", "call", outcome_time=teller.ago(50))
    tell("accepted", "a", "call", outcome_time=teller.ago(9))
    tell("converted", "a", "call", outcome_time=teller.ago(8), value=7.0)
    tell("accepted", "b", "call", outcome_time=teller.ago(1))
    tell("rejected", "b", "call")
    tell("not_now", "b", "mail")
    call, mail = sorted(
        SqlActionTallies(database).tallies(ACME.tenant, teller.ago(365), teller.ago(30)),
        key=lambda one: one.action_id,
    )
    assert (call.group, call.trials, call.converted, call.pending, call.rejected) == ("talk", 2, 1, 1, 1)
    assert call.value_total == 7.0
    assert (mail.trials, mail.not_now) == (0, 1)


def test_pruning_leaves_rejections(database, history, teller):
    teller.tell("accepted", "a", "call")
    teller.tell("rejected", "a", "mail")
    teller.clock.advance(86_400)
    assert SqlActionOutcomes(database).prune(ACME.tenant, teller.clock.now) == 1
    assert [contact[1] for contact in contacts(history, teller)] == ["rejected"]


def test_erasing_a_lead_erases_what_was_decided_and_what_became_of_it(database, teller):
    decisions = SqlActionDecisions(database)
    decisions.append([decision("d1", "a", {"call": 1.0}, teller.clock.now)])
    teller.tell("accepted", "a", "call")
    with database.write(ACME.tenant) as connection:
        erase_lead(connection, ACME.tenant, "a")
    decisions.append(
        [decision(name, lead, {"call": 1.0}, teller.clock.now) for name, lead in (("d2", "a"), ("d3", "b"))]
    )
    with database.read(ACME.tenant) as connection:
        assert connection.scalars(select(action_decisions.c.decision_id)).all() == ["d3"]
    assert rows(database) == []


def test_an_answer_is_kept_once_and_read_as_it_was(database, teller):
    made = decision("d1", "a", {"call": 0.75, "mail": 0.25}, teller.clock.now)
    decisions = SqlActionDecisions(database)
    for _ in range(2):
        decisions.append([made])
    with database.read(ACME.tenant) as connection:
        (row,) = connection.execute(select(action_decisions)).all()
    assert decision_of(row) == made
    assert decisions.prune(ACME.tenant, teller.clock.advance(1)) == 1


def test_trials_are_what_chance_had_a_part_in(database, teller):
    moment = teller.ago(40)
    SqlActionDecisions(database).append(
        [
            decision("sure", "a", {"call": 1.0}, moment),
            decision("chance", "a", {"call": 0.75, "mail": 0.25}, moment, shown=["mail", "call"]),
            decision("silent", "a", {"call": 0.5, "mail": 0.5}, moment),
            decision("declined", "b", {"call": 0.5, "mail": 0.5}, moment, shown=["call"]),
        ]
    )
    for name, lead, action in (("sure", "a", "call"), ("chance", "a", "call")):
        teller.tell("converted", action_token=token(name, lead, action, moment), outcome_time=teller.ago(35))
    teller.tell("not_now", action_token=token("declined", "b", "call", moment))
    teller.tell("accepted", "b", "meet", propensity=0.2, outcome_time=teller.ago(2))
    teller.tell("accepted", "a", "meet", propensity=0.2, outcome_time=teller.ago(3))
    teller.tell("converted", "a", "meet", outcome_time=teller.ago(1))
    trials = SqlActionTrials(database).trials(ACME.tenant, since=teller.ago(365), now=teller.clock.now, window=WINDOW)
    told = [(one.lead_id, one.action_id, one.propensity, one.converted, sorted(one.candidates)) for one in trials]
    assert told == [
        ("a", "mail", 0.25, True, ["call", "mail"]),
        ("b", "call", 0.5, False, ["call", "mail"]),
        ("a", "meet", 0.2, True, []),
    ]
    assert trials[0].facts == {"lead.price": 10.0, "health.hot": True}
    assert SqlActionTallies(database).count_known(ACME.tenant, teller.ago(365)) == 5
