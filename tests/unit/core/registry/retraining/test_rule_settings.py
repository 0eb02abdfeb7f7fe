from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from core.errors import InvalidInput
from core.registry.retraining.rule_settings import PREFIX, RULE_SETTINGS, read_rules
from core.registry.retraining.rules import RetrainingRules

SET_BY_NOBODY = {"auc_margin", "calibration_margin"}


def test_the_defaults_are_those_of_the_rules():
    assert read_rules({}) == RetrainingRules()


def test_every_rule_an_operator_may_set_has_one_setting():
    fields = {field.name for field in dataclasses.fields(RetrainingRules)}
    assert sorted(setting.field for setting in RULE_SETTINGS.values()) == sorted(fields - SET_BY_NOBODY)


def test_values_are_read_in_their_units():
    rules = read_rules({f"{PREFIX}RETRAIN_INTERVAL_DAYS": "0.5", f"{PREFIX}RETRAIN_CHECK_SECONDS": "60"})
    assert (rules.oldest, rules.check_every) == (timedelta(hours=12), timedelta(minutes=1))


@pytest.mark.parametrize("name", RULE_SETTINGS)
@pytest.mark.parametrize("text", ["", "x", "-1", "nan", "inf", "1e99", "9" * 40, "\uff11"])
def test_a_wrong_value_is_named_with_its_rule(name, text):
    with pytest.raises(InvalidInput) as refused:
        read_rules({PREFIX + name: text})
    (violation,) = refused.value.violations
    assert violation.field == PREFIX + name
    assert violation.rule.startswith("must be")


def test_all_wrong_values_are_named_at_once():
    with pytest.raises(InvalidInput) as refused:
        read_rules({f"{PREFIX}RETRAIN_CONFIDENCE": "2", f"{PREFIX}MIN_TRAINING_SAMPLES": "19"})
    assert {violation.field for violation in refused.value.violations} == {
        "LEADLINE_RETRAIN_CONFIDENCE",
        "LEADLINE_MIN_TRAINING_SAMPLES",
    }
