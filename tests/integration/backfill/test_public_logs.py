from __future__ import annotations

from itertools import islice

import pytest

from core.behavior.plan import LEAD_PLAN
from core.interactions.plan import INTERACTION_PLAN
from tests.benchmarks.parity.arrivals import late_and_twice
from tests.benchmarks.parity.comparison import compare
from tests.benchmarks.parity.logs import LOGS, available

EVENTS = 3_000


@pytest.mark.data
@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("plan", [LEAD_PLAN, INTERACTION_PLAN], ids=lambda plan: plan.name)
def test_live_features_are_those_of_the_past_on_public_logs_late_and_twice(name, plan):
    if not available(name):
        pytest.skip(f"{name} is not in the data folder")
    parity = compare(plan, late_and_twice(islice(LOGS[name](), EVENTS)))
    assert parity.examples == []
    assert (parity.rows, parity.differing) == (EVENTS, 0)
