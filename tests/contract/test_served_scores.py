# ruff: noqa: S106  ids of tokens are no secrets
from __future__ import annotations

from dataclasses import replace

import pytest

from core.adapters.sql.served_scores import SqlServedScores
from core.feedback.label import Label, Provenance
from core.identifiers import LeadId, TenantId
from core.monitoring.served_scores import ServedScore
from tests.parts.feedback_rows import add_shown, day, shown

ACME = TenantId("acme")
MATURE = day(10)


@pytest.fixture
def add(database):
    def act(*rows, tenant=ACME):
        with database.write(tenant) as connection:
            add_shown(connection, rows)

    return act


@pytest.fixture
def of_version(database):
    def read(*labels, version="v1"):
        return SqlServedScores(database).of_version(ACME, version, labels)

    return read


def label(lead_id, at=MATURE, **fields):
    plain = Label(
        lead_id=LeadId(lead_id),
        target=1.0,
        weight=1.0,
        is_outcome=True,
        mature_time=at,
        known_time=at,
        provenance=(Provenance.OUTCOME,),
    )
    return replace(plain, **fields)


def score(probability, at, token_id):
    return ServedScore(probability=probability, score_time=at, token_id=token_id)


def test_the_last_score_before_the_label_matured_is_found(add, of_version):
    add(*(shown("a", day(n), token_id=f"t{n}", probability=n / 100) for n in (3, 9, 12, 1)))
    add(shown("b", day(2), token_id="b"))
    assert of_version(label("a"), label("b"), label("c")) == {
        "a": score(0.09, day(9), "t9"),
        "b": score(0.25, day(2), "b"),
    }


def test_a_score_of_the_moment_itself_counts_and_a_later_one_does_not(add, of_version):
    add(shown("a", day(10), token_id="t"), shown("b", day(10.001)))
    assert of_version(label("a"), label("b")).keys() == {"a"}


def test_only_the_version_counts_and_only_as_a_model(add, of_version):
    add(
        shown("a", day(1), token_id="t", probability=0.5),
        shown("a", day(2), version="v2"),
        shown("a", day(3), source="baseline"),
        shown("a", day(4), tenant="other"),
        tenant="*",
    )
    assert of_version(label("a")) == {"a": score(0.5, day(1), "t")}
    assert of_version(label("a"), version="v3") == {}


def test_the_answer_whose_token_came_back_comes_first_and_the_log_knows_what_it_said(add, of_version):
    add(shown("a", day(8), token_id="later", probability=0.9), shown("a", day(2), token_id="told", probability=0.3))
    # What was shown had been corrected; the version itself had said 0.3.
    told = label("a", shown_version="v1", shown_probability=0.4, shown_token_id="told")
    assert of_version(told) == {"a": score(0.3, day(2), "told")}
    lost = replace(told, shown_token_id="never logged")
    assert of_version(lost) == {"a": score(0.4, day(10), "never logged")}


def test_the_line_of_a_token_counts_though_feedback_says_it_happened_sooner(add, of_version):
    add(shown("a", day(10.001), token_id="told", probability=0.3), shown("a", day(2), probability=0.9))
    told = label("a", shown_version="v1", shown_probability=0.4, shown_token_id="told")
    assert of_version(told) == {"a": score(0.3, MATURE, "told")}


def test_what_feedback_says_of_another_version_is_not_this_ones(add, of_version):
    add(shown("a", day(8), token_id="t"))
    other = label("a", shown_version="v2", shown_probability=0.3, shown_token_id="x")
    without = label("a", shown_version="v1")
    assert of_version(other) == of_version(without) == {"a": score(0.25, day(8), "t")}
    assert of_version(other, version="v2") == {"a": score(0.3, day(10), "x")}


def test_many_labels_are_looked_up_in_parts(add, of_version):
    names = [f"{n:04}" for n in range(1_200)]
    add(*(shown(name, day(n), probability=n / 10) for name in names for n in (1, 2)))
    found = of_version(*(label(name) for name in names))
    assert len(found) == 1_200
    assert {one.probability for one in found.values()} == {0.2}
    assert of_version() == {}
