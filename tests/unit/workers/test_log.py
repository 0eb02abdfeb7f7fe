from __future__ import annotations

import pytest

from core.errors import DependencyDown
from workers.log import only_listed, place_of, problem_of, told_of


def test_only_listed_fields_pass_and_the_others_are_counted():
    assert only_listed(None, "", {"task": "leadline.train", "email": "a@b.c"}) == {
        "task": "leadline.train",
        "dropped_fields": 1,
    }


def test_values_are_short_and_plain():
    kept = only_listed(None, "", {"reason": "x" * 1000, "task": ["a lead"]})
    assert len(kept["reason"]) == 501
    assert kept["task"] == "<list>"


def test_of_arguments_only_whose_and_which_run_or_experiment_is_told():
    assert told_of({"tenant": "acme", "run_id": "r1", "lead": "secret"}) == {"tenant": "acme", "run_id": "r1"}
    assert told_of({"experiment": "e1", "unit_id": "secret"}) == {"experiment": "e1"}


def test_of_an_exception_kind_and_place_are_told_not_its_text():
    with pytest.raises(ValueError) as caught:
        int("secret")
    told = problem_of(caught.value)
    assert told == f"ValueError at {place_of(caught.value)}"
    assert "test_log.py" in told
    assert "secret" not in told


def test_of_our_own_errors_the_reason_is_told():
    assert problem_of(DependencyDown("store")) == "DependencyDown DEPENDENCY_DOWN"
