from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from training.leaks import find_leaks


def names_and_rules(table):
    return [(finding.feature, finding.rule) for finding in find_leaks(table)]


def test_honest_leads_have_no_leak(honest):
    assert find_leaks(honest) == ()


def test_a_copy_of_the_outcome_ranks_alone(with_attribute):
    table = with_attribute(lambda case: "signed" if case.converted else None)
    [finding] = find_leaks(table)
    assert (finding.feature, finding.rule) == ("extra", "ranks_alone")
    assert finding.auc > 0.99
    assert finding.sentence.startswith("'extra' alone orders the leads with AUC 1.000")


def test_a_number_that_is_only_there_afterwards_ranks_alone(with_attribute):
    """Most leads have the value 0: deciles must not throw the others together with them."""
    table = with_attribute(lambda case: case.chance.random() * 900 if case.converted else 0.0, numeric=True)
    assert names_and_rules(table) == [("extra", "ranks_alone")]


def test_notes_made_afterwards_settle_both_ways(with_attribute):
    def note(case):
        if case.chance.random() < 0.7:
            return "open"
        return "enrolled" if case.converted else "wrong number"

    table = with_attribute(note)
    [finding] = find_leaks(table)
    assert finding.rule == "settles_both_ways"
    assert 0.6 < finding.auc < 0.95
    assert "'enrolled'" in finding.sentence
    assert "'wrong number'" in finding.sentence
    assert "100.0 %" in finding.sentence


def test_a_strong_promise_of_one_outcome_is_no_leak(with_attribute):
    def partner(case):
        return "partner" if case.chance.random() < (0.2 if case.converted else 0.001) else "web"

    assert find_leaks(with_attribute(partner)) == ()


def test_a_strong_honest_number_is_no_leak(with_attribute):
    """AUC 0.8 alone."""
    table = with_attribute(lambda case: case.chance.standard_normal() + 1.2 * case.converted, numeric=True)
    assert find_leaks(table) == ()


def test_rare_values_prove_nothing(with_attribute):
    """Ids of one lead each, and two values of ten leads that happen to be pure."""

    def rare(case):
        number = int(case.lead.lead_id.split("-")[1])
        return ("won" if case.converted else "lost") if number <= 15 else f"id {number}"

    assert find_leaks(with_attribute(rare)) == ()


def test_times_after_the_scoring_moment_are_named(with_attribute):
    late = with_attribute(lambda case: (case.lead.posted_time + timedelta(days=9)).isoformat())
    [finding] = find_leaks(late)
    assert finding.rule == "later_than_scoring"
    assert "100 % of them lie after" in finding.sentence


@pytest.mark.parametrize("day", ["2020-05-01", "May", "12"])
def test_times_before_and_texts_that_are_no_time_are_not(with_attribute, day):
    assert find_leaks(with_attribute(lambda _: day)) == ()


def test_times_are_read_in_the_files_own_format(with_attribute):
    late = with_attribute(lambda case: (case.lead.posted_time + timedelta(days=9)).strftime("%d.%m.%Y"))
    assert find_leaks(late) == ()
    assert names_and_rules(replace(late, date_format="%d.%m.%Y")) == [("extra", "later_than_scoring")]


def test_fields_are_looked_at_too(honest):
    leads = tuple(
        replace(lead, category="Closed/Won" if converted else "Closed/Lost")
        for lead, converted in zip(honest.leads, honest.outcomes, strict=True)
    )
    assert names_and_rules(replace(honest, leads=leads)) == [("category", "ranks_alone")]


def test_the_limit_is_the_callers(with_attribute):
    table = with_attribute(lambda case: case.chance.standard_normal() + 1.2 * case.converted, numeric=True)
    assert [finding.feature for finding in find_leaks(table, auc_limit=0.75)] == ["extra"]


def test_what_a_person_vouches_for_is_not_named(with_attribute):
    table = with_attribute(lambda case: "signed" if case.converted else None)
    assert find_leaks(replace(table, known_at_scoring=frozenset(["extra"]))) == ()


def test_the_strongest_comes_first(with_attribute):
    table = with_attribute(lambda case: "signed" if case.converted else "not")
    leads = tuple(
        replace(lead, owner_id=("a" if converted else "b") if i % 2 else "c")
        for i, (lead, converted) in enumerate(zip(table.leads, table.outcomes, strict=True))
    )
    assert [finding.feature for finding in find_leaks(replace(table, leads=leads))] == ["extra", "owner_id"]
