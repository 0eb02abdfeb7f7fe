from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.errors import DependencyDown, InvalidInput
from training.learning.child import carry_out
from training.learning.claimed import ClaimLost
from training.learning.exits import ERROR_MARK, FAILED, LOST, STORE_DOWN, TOO_LARGE


def trainer_whose_store_raises(error):
    def get(_tenant, _run_id):
        raise error

    unused = SimpleNamespace(rules=None)
    return SimpleNamespace(runs=SimpleNamespace(get=get), registry=None, labels=None, settings=unused)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ClaimLost("gone"), LOST),
        (DependencyDown("store"), STORE_DOWN),
        (MemoryError("17 GiB for jane@example.org"), TOO_LARGE),
        (ValueError("jane@example.org is no number"), FAILED),
    ],
)
def test_what_went_wrong_is_told_without_the_data_in_its_message(error, code, capsys):
    assert carry_out(trainer_whose_store_raises(error), "acme", "run_1", "h") == code
    told = capsys.readouterr().err
    assert "jane" not in told
    if code != LOST:
        assert told.startswith(f"{ERROR_MARK}{type(error).__name__} in ")


@pytest.mark.parametrize(("tenant", "run_id", "field"), [("a b", "run_1", "--tenant"), ("acme", "", "--run")])
def test_ids_that_are_none_are_refused(tenant, run_id, field):
    with pytest.raises(InvalidInput) as refused:
        carry_out(trainer_whose_store_raises(ValueError()), tenant, run_id, "h")
    assert refused.value.violations[0].field == field
