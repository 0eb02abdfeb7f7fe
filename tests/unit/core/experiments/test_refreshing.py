from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.experiments.experiment import StoredExperiment
from core.experiments.experiment_store import LeadFate, UnitEvidence
from core.experiments.refreshing import OVERLAP, outcome_of, refresh
from tests.parts.feedback_rows import day
from tests.parts.trials import experiment, exposure, linked

WINDOW = timedelta(days=10)
TEST = experiment(conversion_window=WINDOW)
OPEN = experiment()


def fate(*ends, contacts=(), values=()) -> LeadFate:
    """Return a fate of ends such as ``(3, True)``: converted on day 3."""
    return LeadFate(
        ends=tuple((day(when), converted) for when, converted in ends),
        contact_successes=tuple(map(day, contacts)),
        values=tuple((day(when), value) for when, value in values),
    )


def became(*fates, test=TEST, over_time=None, at=5, **fields):
    """Return what became of a unit that was exposed on day 5, with a lead of each fate."""
    leads = tuple((linked(f"lead-{number}"), one) for number, one in enumerate(fates))
    return outcome_of(UnitEvidence(exposure=exposure(at=day(at), **fields), leads=leads), test, over_time)


def test_an_outcome_says_who_was_exposed_and_how():
    shown = {"unit_id": "firm", "variant": "treatment", "propensity": 0.25, "allocation": 3, "baseline_score": 41.5}
    outcome = became(is_override=True, **shown)
    assert {name: getattr(outcome, name) for name in shown} == shown
    assert (outcome.is_override, outcome.exposure_time) == (True, day(5))
    assert (outcome.lead_count, outcome.converted, outcome.conversion_value, outcome.score_count) == (0, False, 0.0, 0)


@pytest.mark.parametrize(
    ("when", "converted", "early"),
    [(4.9, False, True), (5, True, False), (8, True, False), (15, True, False), (15.1, False, False)],
)
def test_a_conversion_counts_from_the_exposure_to_the_end_of_the_window(when, converted, early):
    outcome = became(fate((when, True)))
    assert (outcome.converted, outcome.converted_early) == (converted, early)
    assert outcome.lead_count == (0 if early else 1)


@pytest.mark.parametrize(
    ("ends", "converted"),
    [
        ([(6, True), (7, False)], False),
        ([(6, False), (7, True)], True),
        ([(6, True), (7, False), (8, True)], True),
        ([(6, True), (20, False)], False),
        ([(2, False), (6, True)], True),
        ([(2, True), (3, False), (6, True)], True),
        ([(6, True), (20, True)], True),
        ([(6, True), (7, False), (20, True)], False),
        ([(6, False)], False),
        ([], False),
    ],
    ids=str,
)
def test_the_newest_end_of_a_lead_counts_and_a_conversion_said_again_is_the_same_one(ends, converted):
    outcome = became(fate(*ends))
    assert outcome.converted_leads == converted
    assert not outcome.converted_early


def test_a_lead_that_had_converted_before_counts_for_nothing_whatever_it_did_then():
    before = fate((4, True), (6, False), (7, True), contacts=[6], values=[(7, 50.0)])
    outcome = became(before)
    assert outcome.converted_early
    assert (outcome.lead_count, outcome.converted_leads, outcome.contact_success) == (0, 0, False)
    assert (outcome.conversion_value, outcome.score_sum, outcome.score_count) == (0.0, 0.0, 0)
    both = became(before, fate((6, True), values=[(6, 7.0)]))
    assert (both.converted_early, both.lead_count, both.converted_leads, both.conversion_value) == (True, 1, 1, 7.0)


def test_a_unit_sums_up_its_leads_and_converts_once():
    outcome = became(
        fate((6, True), values=[(6, 10.0)]), fate((7, True), values=[(7, 2.5)]), fate((8, False), contacts=[7])
    )
    assert (outcome.converted, outcome.converted_leads, outcome.lead_count) == (True, 2, 3)
    assert (outcome.conversion_value, outcome.contact_success) == (12.5, True)
    assert (outcome.score_sum, outcome.score_count) == (150.0, 3)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_conversion_that_was_said_several_times_is_worth_what_was_said_last_in_time(times):
    ends = [(6 + number, True) for number in range(times)]
    values = [(6 + number, 10.0 + number) for number in range(times)]
    outcome = became(fate(*ends, (16, True), values=[*values, (16, 99.0)]))
    assert (outcome.converted_leads, outcome.conversion_value) == (1, 9.0 + times)


def test_a_value_from_before_the_lead_was_dismissed_is_gone_with_its_conversion():
    outcome = became(fate((6, True), (7, False), (8, True), values=[(6, 10.0)]))
    assert (outcome.converted, outcome.conversion_value) == (True, 0.0)
    assert became(fate((6, True), (7, False), values=[(6, 10.0)])).conversion_value == 0.0


@pytest.mark.parametrize(("when", "counts"), [(4, False), (5, True), (15, True), (16, False)])
def test_contacts_count_within_the_window(when, counts):
    assert became(fate(contacts=[when])).contact_success is counts


def test_scores_and_fallbacks_are_those_its_leads_were_shown_with():
    leads = (linked("a", 10.0), linked("b", 20.5, "baseline"), linked("c", None, ""), linked("d", 0.0, "rules"))
    evidence = UnitEvidence(exposure=exposure(at=day(5)), leads=tuple((lead, fate()) for lead in leads))
    outcome = outcome_of(evidence, TEST, None)
    assert (outcome.score_sum, outcome.score_count, outcome.lead_count, outcome.fallback_answers) == (30.5, 3, 4, 2)


def test_without_a_window_it_counts_until_the_experiment_is_over():
    late = fate((400, True), contacts=[400])
    assert became(late, test=OPEN).converted
    assert became(late, test=OPEN, over_time=day(400)).contact_success
    assert not became(late, test=OPEN, over_time=day(399)).converted
    assert not became(late, test=OPEN, over_time=day(399)).contact_success


def test_with_a_window_it_counts_also_after_the_experiment_is_over():
    assert became(fate((14, True)), over_time=day(6)).converted


class Session:
    """Says since when it was asked, and keeps what is written."""

    def __init__(self, refreshed_until=None, deadline=None):
        self.refreshed_until = refreshed_until
        self.deadline = deadline
        self.asked = []
        self.kept = []

    def changed(self, since):
        self.asked.append(since)
        yield [UnitEvidence(exposure=exposure("a", at=day(5)), leads=((linked("x"), fate((6, True))),))]
        yield [UnitEvidence(exposure=exposure("b", at=day(5)), leads=())]

    def missing(self):
        self.asked.append("missing")
        yield from ()

    def write(self, outcomes):
        self.kept.extend((outcome.unit_id, outcome.converted) for outcome in outcomes)


def stored(test=TEST, **changes) -> StoredExperiment:
    kept = StoredExperiment(
        experiment=test, segment_start=0, segment_end=10_000, create_time=day(0), created_by="alice"
    )
    return replace(kept, **changes)


def asked_by(session, kept, moment):
    refresh(session, kept, moment)
    return session.asked[-1]


def test_a_refresh_writes_what_became_of_all_that_changed_in_parts():
    session = Session()
    refresh(session, stored(), day(20))
    assert session.kept == [("a", True), ("b", False)]


def test_a_refresh_looks_a_minute_further_back_than_the_one_before():
    assert asked_by(Session(day(7)), stored(), day(8)) == day(7) - OVERLAP
    assert timedelta(seconds=60) == OVERLAP


def test_a_first_refresh_and_one_after_the_clock_was_set_back_look_at_everything():
    assert asked_by(Session(), stored(), day(8)) is None
    assert asked_by(Session(day(9)), stored(), day(8)) is None
    assert asked_by(Session(day(8) + OVERLAP + timedelta(microseconds=1)), stored(), day(8)) is None


@pytest.mark.parametrize("ahead", [timedelta(milliseconds=1), OVERLAP])
def test_a_clock_that_is_a_little_behind_was_not_set_back(ahead):
    assert asked_by(Session(day(8) + ahead), stored(), day(8)) == day(8) - OVERLAP


def test_a_deadline_of_all_units_that_moved_makes_them_be_worked_out_anew():
    session = Session(day(7))
    assert asked_by(session, stored(OPEN), day(8)) == day(7) - OVERLAP
    stopped = stored(OPEN, stop_time=day(8))
    assert asked_by(session, stopped, day(9)) is None
    assert session.deadline == day(8)
    assert asked_by(session, stopped, day(9)) == day(7) - OVERLAP
    assert asked_by(Session(day(7)), stored(stop_time=day(8)), day(9)) == day(7) - OVERLAP


@pytest.mark.parametrize(
    ("test", "final"), [(TEST, day(8) + WINDOW + timedelta(days=1)), (OPEN, day(9))], ids=["window", "no window"]
)
def test_an_experiment_that_was_refreshed_once_it_was_final_is_left_alone_but_for_what_was_removed(test, final):
    over, before = stored(test, stop_time=day(8)), final - timedelta(microseconds=1)
    deadline = None if test is TEST else day(8)
    assert asked_by(Session(before, deadline), over, day(60)) == before - OVERLAP
    assert asked_by(Session(final, deadline), over, day(60)) == "missing"
    assert asked_by(Session(None, deadline), over, day(60)) is None
    assert asked_by(Session(day(60), deadline), stored(test), day(61)) != "missing"
