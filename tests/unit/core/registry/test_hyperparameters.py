from __future__ import annotations

import dataclasses

import pytest

from core.errors import InvalidInput
from core.registry.hyperparameters import HYPERPARAMETERS, check_hyperparameters
from training.booster import BoosterParameters


def test_what_may_be_chosen_is_what_a_fit_knows():
    fields = {field.name: field.default for field in dataclasses.fields(BoosterParameters)}
    assert fields.keys() == HYPERPARAMETERS.keys()
    assert {name for name, default in fields.items() if isinstance(default, int)} == {
        name for name, allowed in HYPERPARAMETERS.items() if allowed.whole
    }


def test_whole_numbers_come_back_whole():
    checked = check_hyperparameters({"max_depth": 4.0, "learning_rate": 1}, "params")
    assert checked == {"max_depth": 4, "learning_rate": 1.0}
    assert (type(checked["max_depth"]), type(checked["learning_rate"])) == (int, float)


def test_the_ends_of_a_range_may_be_chosen():
    for name, allowed in HYPERPARAMETERS.items():
        assert check_hyperparameters({name: allowed.least}, "p")
        assert check_hyperparameters({name: allowed.most}, "p")


def test_every_wrong_one_is_named():
    wrong = {"eta": 0.1, "max_depth": 2.5, "subsample": float("nan"), "n_estimators": float("inf"), "reg_lambda": -1}
    with pytest.raises(InvalidInput) as refused:
        check_hyperparameters({**wrong, "learning_rate": 0.1}, "params")
    assert [violation.field for violation in refused.value.violations] == [f"params[{name}]" for name in sorted(wrong)]
    assert all(violation.rule.startswith("must be") for violation in refused.value.violations)
