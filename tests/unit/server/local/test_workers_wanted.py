from __future__ import annotations

import pytest

from core.errors import InvalidInput
from server.local.workers import are_wanted


@pytest.mark.parametrize(("text", "wanted"), [("", True), ("true", True), ("False", False), (" false ", False)])
def test_workers_are_wanted_unless_somebody_says_no(text, wanted):
    assert are_wanted({"LEADLINE_WORKERS": text}) is wanted
    assert are_wanted({})


def test_anything_else_is_wrong():
    with pytest.raises(InvalidInput, match="LEADLINE_WORKERS must be true or false"):
        are_wanted({"LEADLINE_WORKERS": "some"})
