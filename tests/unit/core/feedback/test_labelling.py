from __future__ import annotations

from datetime import datetime, timedelta
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import deadline
from core.errors import DeadlineSpent, InvalidInput
from core.feedback.feedback import FeedbackAction
from core.feedback.label import Provenance
from core.feedback.label_rules import LabelRules
from core.feedback.label_source import LeadEvidence, RecordedOutcome
from core.feedback.labelling import LEAST_WEIGHT, Labelling, make_label_set
from core.identifiers import LeadId, TenantId
from tests.parts.feedback_rows import DAY_0, day, said

A, P = FeedbackAction, Provenance
ACME = TenantId("acme")
RULES = LabelRules()
VIEW = timedelta(minutes=3)


def lead(lead_id, *pieces, created=DAY_0, shown=None, outcome=None):
    return LeadEvidence(
        lead_id=LeadId(lead_id), create_time=created, first_shown_time=shown, outcome=outcome, feedback=pieces
    )


def written(converted, at):
    return RecordedOutcome(converted=converted, outcome_time=at, record_time=at)


def labels(*evidence, as_of, rules=RULES):
    return make_label_set(ACME, as_of, evidence, rules)


def the_label(*evidence, as_of, rules=RULES):
    [label] = labels(*evidence, as_of=as_of, rules=rules).labels
    return label


def test_no_lead_is_lost_before_its_window_closes():
    shown = lead("a", shown=day(1))
    for number in (1, 15, 30.999):
        found = labels(shown, as_of=day(number))
        assert (found.labels, found.pending_count) == ((), 1)
    label = the_label(shown, as_of=day(31))
    assert (label.target, label.is_outcome, label.mature_time) == (0.0, True, day(31))
    assert label.provenance == (P.WINDOW_CLOSED,)


def test_the_window_opens_with_the_score_or_the_feedback_whichever_came_first():
    clicked = lead("a", said("a", A.CLICK, at=day(2)), shown=day(5))
    assert labels(clicked, as_of=day(31.9)).pending_count == 1
    assert the_label(clicked, as_of=day(32)).mature_time == day(32)


def test_the_window_does_not_open_before_anybody_could_have_recorded_an_end():
    imported = lead("a", said("a", A.CLICK, at=day(0), recorded=day(50)), created=day(50))
    assert labels(imported, as_of=day(79)).pending_count == 1
    assert the_label(imported, as_of=day(80)).mature_time == day(80)


def test_an_open_window_keeps_what_the_lead_looked_like_and_a_closed_one_does_not():
    viewed = lead("a", said("a", A.VIEW, at=day(1), interaction_duration=VIEW))
    soft = the_label(viewed, as_of=day(2))
    assert (soft.target, soft.is_outcome, soft.provenance, soft.mature_time) == (0.5, False, (P.VIEW,), day(1))
    assert labels(viewed, as_of=day(2)).pending_count == 0
    assert the_label(viewed, as_of=day(31)).provenance == (P.WINDOW_CLOSED,)


def test_an_end_after_the_window_closed_is_an_end():
    late = lead("a", shown=day(0), outcome=written(True, day(45)))
    assert (the_label(late, as_of=day(45)).target, the_label(late, as_of=day(45)).mature_time) == (1.0, day(45))


def test_a_lead_that_was_never_shown_nor_spoken_of_waits_for_nothing():
    assert labels(lead("a"), as_of=day(400)).pending_count == 0
    assert the_label(lead("a", outcome=written(False, day(3))), as_of=day(3)).provenance == (P.OUTCOME,)


def test_the_length_of_the_window_is_a_rule():
    rules = LabelRules(outcome_window=timedelta(days=7))
    assert the_label(lead("a", shown=day(0)), as_of=day(7), rules=rules).mature_time == day(7)


def test_labels_are_ordered_by_maturity_then_lead():
    found = labels(
        lead("b", outcome=written(True, day(1))),
        lead("c", outcome=written(True, day(0))),
        lead("a", outcome=written(False, day(1))),
        as_of=day(2),
    )
    assert [label.lead_id for label in found.labels] == ["c", "a", "b"]
    assert [label.lead_id for label in found.outcomes()] == ["c", "a", "b"]


def test_one_class_is_a_label_set_like_any_other():
    for converted in (True, False):
        rows = [lead(f"{n:03}", shown=day(0), outcome=written(converted, day(1))) for n in range(100)]
        found = labels(*rows, as_of=day(2))
        assert {(label.target, label.weight) for label in found.labels} == {(float(converted), 1.0)}
    empty = labels(as_of=day(0))
    assert (empty.labels, empty.pending_count, len(empty.fingerprint)) == ((), 0, 64)


def test_the_score_that_was_shown_is_the_last_that_feedback_tells_of_by_then():
    first = said("a", A.VIEW, at=day(1), model_version="v1", shown_score=25.0, token_id="t1")  # noqa: S106  an id
    end = said("a", A.CONVERT, at=day(2), model_version="v2", shown_score=75.0, token_id="t2")  # noqa: S106  an id
    after = said("a", A.VIEW, at=day(3), model_version="v3", shown_score=99.0, token_id="t3")  # noqa: S106  an id
    label = the_label(lead("a", first, end, after), as_of=day(4))
    assert (label.shown_version, label.shown_probability, label.shown_token_id) == ("v2", 0.75, "t2")
    plain = said("a", A.CONVERT, at=day(2))
    label = the_label(lead("a", first, plain, after), as_of=day(4))
    assert (label.shown_version, label.shown_probability, label.shown_token_id) == ("v1", 0.25, "t1")
    assert the_label(lead("a", plain, after), as_of=day(4)).shown_probability is None


def test_what_somebody_only_claims_was_shown_is_no_evidence():
    claimed = said("a", A.CONVERT, at=day(2), model_version="v1", shown_score=0.0)
    label = the_label(lead("a", claimed), as_of=day(4))
    assert (label.shown_version, label.shown_probability, label.shown_token_id) == ("", None, "")


def test_a_label_is_known_when_it_was_recorded_or_its_window_closed():
    late = RecordedOutcome(converted=True, outcome_time=day(1), record_time=day(9))
    ended, on_time = (the_label(lead("a", outcome=outcome), as_of=day(9)) for outcome in (late, written(True, day(1))))
    assert (ended.mature_time, ended.known_time) == (day(1), day(9))
    assert (on_time.known_time, on_time.label_key) == (day(1), ended.label_key)
    assert the_label(lead("a", shown=day(1)), as_of=day(60)).known_time == day(31)


def test_contradicting_feedback_gives_one_label_that_weighs_less():
    rows = [said("a", A.CONVERT, at=day(1), by="x"), said("a", A.DISMISS, at=day(1), by="y", feedback_id="zz")]
    label = the_label(lead("a", *rows), as_of=day(2))
    assert (label.target, label.weight) == (0.0, 0.5)


def test_a_label_that_cancels_itself_out_still_weighs_something():
    rows = [said("a", A.VIEW, user_rating=r, by=by) for r, by in ((0.0, "x"), (100.0, "y"))]
    assert the_label(lead("a", *rows), as_of=day(2)).weight == LEAST_WEIGHT


def test_the_key_of_a_label_moves_with_what_it_says_and_not_with_its_weight():
    silent = lead("a", shown=day(20))
    alone = the_label(silent, as_of=day(60))
    others = [lead(f"b{n}", shown=day(0), outcome=written(True, day(n % 60))) for n in range(600)]
    crowded = next(label for label in labels(silent, *others, as_of=day(60)).labels if label.target == 0)
    assert crowded.weight != alone.weight
    assert crowded.label_key == alone.label_key
    ended = the_label(lead("a", shown=day(20), outcome=written(True, day(40))), as_of=day(60))
    assert ended.label_key != alone.label_key
    assert the_label(lead("b", shown=day(20)), as_of=day(60)).label_key != alone.label_key


def test_the_fingerprint_moves_with_weights_too():
    rows = [lead("a", said("a", A.CONVERT, confidence=c)) for c in (0.5, 0.6)]
    one, two = (labels(row, as_of=day(1)) for row in rows)
    assert one.labels[0].label_key == two.labels[0].label_key
    assert one.fingerprint != two.fingerprint


def test_keys_and_fingerprint_are_the_same_on_every_machine():
    found = labels(
        lead("a", said("a", A.CONVERT, at=day(1), model_version="v1", shown_score=25.0, token_id="t")),  # noqa: S106  an id
        lead("b", said("b", A.VIEW, at=day(31), user_rating=70.0, confidence=0.9)),
        lead("c", shown=day(0)),
        as_of=day(31.5),
    )
    assert found.fingerprint == "d37a9e3155f03c3d1560253504d05c0d7faec18bf8db5123d09ee1208ae7f8b8"


def test_a_moment_needs_an_offset():
    with pytest.raises(InvalidInput, match="as_of"):
        Labelling(None).label_set(ACME, datetime(2026, 1, 1))  # noqa: DTZ001  that is the point


def test_a_flood_of_positives_from_one_source_does_not_move_the_rate():
    flood = [lead(f"f{n}", said(f"f{n}", A.CONVERT, at=day(1), by="flood")) for n in range(5_000)]
    honest = [
        lead(f"h{n}", said(f"h{n}", A.CONVERT if n % 5 == 0 else A.DISMISS, at=day(1), by=f"agent{n % 10}"))
        for n in range(500)
    ]
    found = labels(*flood, *honest, as_of=day(2))
    total = fsum(label.weight for label in found.labels)
    of_flood = fsum(label.weight for label in found.labels if label.lead_id.startswith("f"))
    assert of_flood <= 0.2 * total * (1 + 1e-6)
    assert weighted_rate(found) < 0.2 + 0.2
    assert np.mean([label.target for label in found.labels]) > 0.9
    assert all(label.weight == 1.0 for label in found.labels if label.lead_id.startswith("h"))
    alone = labels(*flood, as_of=day(2))
    assert {label.weight for label in alone.labels} == {1.0}


def test_inventing_agents_does_not_lift_the_cap_of_whoever_records():
    flood = [lead(f"f{n}", said(f"f{n}", A.CONVERT, at=day(1), by=f"invented{n}")) for n in range(5_000)]
    honest = [lead(f"h{n}", outcome=written(n % 5 == 0, day(1))) for n in range(500)]
    found = labels(*flood, *honest, as_of=day(2))
    of_flood = fsum(label.weight for label in found.labels if label.lead_id.startswith("f"))
    assert of_flood == pytest.approx(125.0)
    assert all(label.weight == 1.0 for label in found.labels if label.lead_id.startswith("h"))


def test_one_key_that_records_for_all_agents_is_not_capped_against_itself():
    def told(count):
        return [
            lead(f"f{n}", said(f"f{n}", A.CONVERT if n % 5 == 0 else A.DISMISS, at=day(1), by=f"agent{n % 20}"))
            for n in range(count)
        ]

    alone = labels(*told(5_000), as_of=day(2))
    assert {label.weight for label in alone.labels} == {1.0}
    outcomes = [lead(f"h{n}", outcome=written(n % 5 == 0, day(1))) for n in range(300)]
    beside = labels(*told(200), *outcomes, as_of=day(2))
    assert {label.weight for label in beside.labels} == {1.0}


def weighted_rate(found):
    total = fsum(label.weight for label in found.labels)
    return fsum(label.weight * label.target for label in found.labels) / total


def stream(seed, *, rate, window_days, history, confidence=1.0, mean=14.0, count=12_000, growth=0.0):
    """Leads that were shown over ``history`` days, with the conversions that came by the end of them."""
    generator = np.random.default_rng(seed)
    shown = history * generator.random(count) ** (1.0 / (1.0 + growth))
    delays = np.where(generator.random(count) < rate, generator.exponential(mean, count), np.inf)
    for index, (start, delay) in enumerate(zip(shown.tolist(), delays.tolist(), strict=True)):
        name, begin = f"{index:05}", day(start)
        if start + delay > history:
            yield lead(name, created=begin, shown=begin)
        elif confidence == 1.0:
            yield lead(name, created=begin, shown=begin, outcome=written(True, day(start + delay)))
        else:
            told = said(name, A.CONVERT, at=day(start + delay), confidence=confidence, by=f"agent{index % 20}")
            yield lead(name, told, created=begin, shown=begin)


@pytest.mark.parametrize(
    "case",
    [
        {"rate": 0.2, "window_days": 30, "history": 120},
        {"rate": 0.5, "window_days": 30, "history": 120},
        {"rate": 0.1, "window_days": 14, "history": 90, "count": 24_000},
        {"rate": 0.3, "window_days": 7, "history": 90},
        {"rate": 0.2, "window_days": 30, "history": 120, "growth": 1.0},
        {"rate": 0.2, "window_days": 30, "history": 120, "confidence": 0.85},
    ],
    ids=str,
)
def test_with_conversions_that_take_14_days_the_weighted_rate_is_the_true_one(case):
    evidence = list(stream(7, **case))
    rules = LabelRules(outcome_window=timedelta(days=case["window_days"]))
    found = labels(*evidence, as_of=day(case["history"]), rules=rules)
    converted = sum(label.target == 1.0 for label in found.labels)
    naive = converted / len(evidence)
    unweighted = converted / len(found.labels)
    assert weighted_rate(found) == pytest.approx(case["rate"], rel=0.05)
    assert naive < 0.9 * case["rate"]
    assert abs(unweighted - case["rate"]) > abs(weighted_rate(found) - case["rate"])


evidence_of_leads = st.lists(
    st.tuples(
        st.integers(0, 90),
        st.none() | st.integers(0, 90),
        st.none() | st.tuples(st.booleans(), st.integers(0, 90)),
        st.lists(
            st.tuples(st.sampled_from(A), st.integers(0, 90), st.sampled_from("xyz"), st.floats(0, 1)), max_size=4
        ),
    ),
    max_size=15,
)


@given(evidence_of_leads, st.randoms(use_true_random=False))
def test_every_label_is_in_range_and_the_order_of_the_evidence_does_not_matter(rows, random):
    evidence = [
        lead(
            f"{index:02}",
            *(said(f"{index:02}", a, at=day(when), by=by, confidence=c) for a, when, by, c in pieces),
            created=day(created),
            shown=None if shown is None else day(shown),
            outcome=None if outcome is None else written(outcome[0], day(outcome[1])),
        )
        for index, (created, shown, outcome, pieces) in enumerate(rows)
    ]
    found = labels(*evidence, as_of=day(90))
    random.shuffle(evidence)
    assert labels(*evidence, as_of=day(90)) == found
    assert len(found.labels) + found.pending_count <= len(rows)
    for label in found.labels:
        assert 0.0 < label.weight <= 1.0
        assert 0.0 <= label.target <= 1.0
        assert label.mature_time <= day(90)
        assert label.target in {0.0, 1.0} or not label.is_outcome
    assert list(found.labels) == sorted(found.labels, key=lambda label: (label.mature_time, label.lead_id))


def test_nothing_is_made_for_a_call_whose_deadline_passed():
    read = []

    def evidence():
        for number in range(5):
            read.append(number)
            yield lead(f"lead-{number}", shown=day(1))

    token = deadline.set_deadline(0.0)
    try:
        with pytest.raises(DeadlineSpent):
            make_label_set(ACME, day(2), evidence(), RULES)
    finally:
        deadline.clear_deadline(token)
    assert read == [0]
