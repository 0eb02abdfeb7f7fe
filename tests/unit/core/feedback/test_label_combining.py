from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feedback.feedback import FeedbackAction
from core.feedback.label import Provenance
from core.feedback.label_combining import RECORDS, combine
from core.feedback.label_rules import LabelRules
from core.feedback.label_source import LeadEvidence, RecordedOutcome
from core.identifiers import LeadId
from tests.parts.feedback_rows import DAY_0, day, said

A, P = FeedbackAction, Provenance
RULES = LabelRules()


def together(*pieces, outcome=None):
    evidence = LeadEvidence(lead_id=LeadId("a"), create_time=DAY_0, feedback=pieces, outcome=outcome)
    return combine(evidence, RULES)


def written(converted, at):
    return RecordedOutcome(converted=converted, outcome_time=at, record_time=at)


def rated(rating, at, by="agent", **fields):
    return said("a", A.VIEW, user_rating=rating, at=at, by=by, **fields)


def test_nothing_said_is_nothing_known():
    assert together() is None
    assert together(said("a", A.CLICK), said("a", A.CONVERT, confidence=0.0)) is None


@pytest.mark.parametrize(
    ("end", "target", "provenance"),
    [
        (said("a", A.CONVERT, at=day(1)), 1.0, P.CONVERSION),
        (said("a", A.DISMISS, at=day(1)), 0.0, P.DISMISSAL),
    ],
)
def test_the_end_of_a_lead_beats_what_it_looked_like_before_and_after(end, target, provenance):
    found = together(rated(50, day(0)), end, said("a", A.ARCHIVE, at=day(2), interaction_duration=timedelta()))
    assert (found.target, found.is_outcome, found.mature_time) == (target, True, day(1))
    assert found.provenance == (provenance,)
    assert found.weight == 1.0
    assert found.shares == (("agent", "key:crm", 1.0),)


def test_the_newest_end_holds_by_when_it_happened_not_by_when_it_was_told():
    late = said("a", A.DISMISS, at=day(1), recorded=day(9), by="b")
    found = together(late, said("a", A.CONVERT, at=day(2), by="c"))
    assert (found.target, found.mature_time) == (1.0, day(2))
    assert together(said("a", A.CONVERT, at=day(2)), outcome=written(False, day(3))).target == 0.0
    assert together(said("a", A.CONVERT, at=day(4)), outcome=written(False, day(3))).target == 1.0


def test_a_source_that_says_otherwise_takes_weight_and_less_the_longer_ago_it_was():
    convert = said("a", A.CONVERT, at=day(28), by="x")
    fresh = together(said("a", A.DISMISS, at=day(28), recorded=day(27), by="y"), convert)
    old = together(said("a", A.DISMISS, at=day(0), by="y"), convert)
    alone = together(convert)
    assert fresh.weight < old.weight < alone.weight
    assert old.weight == pytest.approx(1 / (1 + 0.25))
    assert old.provenance == (P.CONVERSION,)


def test_who_changes_their_mind_does_not_contradict_themselves():
    found = together(said("a", A.DISMISS, at=day(1)), said("a", A.CONVERT, at=day(2)))
    assert (found.target, found.weight) == (1.0, 1.0)


def test_sources_that_agree_share_the_label_and_make_it_surer():
    outcome = written(True, day(1))
    found = together(said("a", A.CONVERT, at=day(1), by="x", confidence=0.5), outcome=outcome)
    assert found.provenance == (P.CONVERSION, P.OUTCOME)
    assert found.shares == ((RECORDS, RECORDS, pytest.approx(2 / 3)), ("x", "key:crm", pytest.approx(1 / 3)))
    one = together(said("a", A.CONVERT, by="x", confidence=0.5))
    two = together(said("a", A.CONVERT, by="x", confidence=0.5), said("a", A.CONVERT, by="y", confidence=0.5))
    assert (one.weight, two.weight) == (0.5, 0.75)


def test_hints_are_averaged_by_confidence_and_age():
    found = together(rated(100, day(14), by="x", confidence=0.6), rated(0, day(0), by="y", confidence=0.6))
    # A half-life ago: half as loud.
    assert found.target == pytest.approx(2 / 3)
    assert found.mature_time == day(14)
    assert not found.is_outcome
    surer = together(rated(100, day(0), by="x", confidence=0.9), rated(0, day(0), by="y", confidence=0.3))
    assert surer.target == pytest.approx(0.75)


def test_hints_that_contradict_each_other_weigh_less_than_ones_that_agree():
    agree = together(rated(80, day(0), by="x"), rated(80, day(0), by="y"))
    differ = together(rated(100, day(0), by="x"), rated(60, day(0), by="y"))
    oppose = together(rated(100, day(0), by="x"), rated(0, day(0), by="y"))
    assert agree.target == pytest.approx(differ.target)
    assert RULES.soft_weight == agree.weight > differ.weight > oppose.weight


def test_one_source_has_one_voice_however_often_it_speaks():
    shouts = [rated(100, day(0), by="loud", session_id=f"s{n}") for n in range(5_000)]
    assert together(*shouts, rated(20, day(0), by="calm")).target == pytest.approx(0.6)


def test_a_repetition_within_a_session_counts_a_quarter_of_the_one_after_it():
    views = [
        said("a", A.VIEW, at=day(0), session_id="s", interaction_duration=timedelta(minutes=3 + 3 * n)) for n in (0, 1)
    ]
    recent = together(said("a", A.VIEW, at=day(0), session_id="s", interaction_duration=timedelta(minutes=6)))
    assert recent.target == 0.7
    ordered = [rated(0, day(0), session_id="s", feedback_id=f"f{n}") for n in range(3)]
    found = together(*ordered, rated(100, day(0), session_id="s", feedback_id="f9"))
    assert found.target == pytest.approx(1 / (1 + 1 / 4 + 1 / 16 + 1 / 64))
    assert together(*views).target == pytest.approx((0.7 + 0.5 / 4) / 1.25)
    apart = [rated(0, day(0), session_id="t"), rated(100, day(0), session_id="s")]
    assert together(*apart).target == pytest.approx(0.5)


def test_without_a_session_a_day_is_one():
    morning, noon, tomorrow = day(0.25), day(0.5), day(1.25)
    same_day = together(rated(0, morning), rated(100, noon)).target
    assert same_day > 0.75
    assert together(rated(0, morning), rated(100, tomorrow)).target < 0.55


def test_nothing_is_known_before_it_is_recorded_nor_later_than_that():
    ahead = said("a", A.CONVERT, at=day(1) + timedelta(minutes=5), recorded=day(1))
    assert together(ahead).mature_time == day(1)


def test_without_an_agent_the_source_is_who_recorded_it():
    assert together(said("a", A.CONVERT, by="")).shares == (("key:crm", "key:crm", 1.0),)


def test_what_one_agent_says_through_two_keys_is_shared_between_them():
    first, second = (said("a", A.SAVE, at=day(0), session_id=session) for session in "st")
    found = together(first, replace(second, actor="key:app", confidence=0.5))
    assert found.shares == (
        ("agent", "key:app", pytest.approx(1 / 3)),
        ("agent", "key:crm", pytest.approx(2 / 3)),
    )


def test_a_label_is_known_since_its_newest_piece_was_recorded():
    late = said("a", A.CONVERT, at=day(2), recorded=day(9))
    assert together(late, said("a", A.DISMISS, at=day(1), recorded=day(12), by="b")).known_time == day(9)
    assert together(rated(50, day(3)), said("a", A.SAVE, at=day(1), recorded=day(5))).known_time == day(5)
    outcome = RecordedOutcome(converted=True, outcome_time=day(1), record_time=day(7))
    assert (together(outcome=outcome).mature_time, together(outcome=outcome).known_time) == (day(1), day(7))


pieces = st.lists(
    st.builds(
        lambda action, by, when, recorded, confidence, rating, session: said(
            "a",
            action,
            at=day(when),
            recorded=day(recorded),
            by=by,
            confidence=confidence,
            user_rating=rating,
            session_id=session,
        ),
        st.sampled_from(A),
        st.sampled_from("xyz"),
        st.integers(0, 400),
        st.integers(0, 400),
        st.floats(0, 1),
        st.none() | st.floats(0, 100),
        st.sampled_from(["", "s", "t"]),
    ),
    max_size=12,
)


@given(pieces, st.randoms(use_true_random=False), st.none() | st.booleans())
def test_the_order_of_the_pieces_does_not_matter_and_every_figure_is_in_range(told, random, converted):
    outcome = None if converted is None else written(converted, day(200))
    found = together(*told, outcome=outcome)
    random.shuffle(told)
    assert together(*told, outcome=outcome) == found
    if found is None:
        return
    assert 0.0 <= found.target <= 1.0
    assert 0.0 <= found.weight <= 1.0
    assert found.is_outcome == bool(set(found.provenance) & {P.OUTCOME, P.CONVERSION, P.DISMISSAL})
    assert not found.is_outcome or found.target in {0.0, 1.0}
    assert sum(share.part for share in found.shares) == pytest.approx(1.0)
    assert list(found.provenance) == sorted(set(found.provenance))
