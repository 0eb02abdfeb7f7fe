from __future__ import annotations

from random import Random

import pytest

from core.actions.dropped import DropReason
from tests.parts.action_cases import make_case, make_catalog
from tests.parts.action_checker import violations
from tests.parts.action_deciding import CaseEffects, decide_case


@pytest.mark.parametrize("seed", range(6))
def test_no_answer_breaks_a_rule_that_a_slow_checker_knows(seed):
    random = Random(seed)
    catalog = make_catalog(random, 60, exploration=0.2 * (seed % 2))
    effects = CaseEffects.of(random, 60, kind=seed % 3)
    wrong = []
    for _ in range(40):
        case = make_case(random, 60)
        wrong += violations(catalog, case, decide_case(catalog, case, effects, random))
    assert not wrong


def test_the_cases_break_every_rule():
    random = Random(5)
    met = set()
    for _ in range(6):
        catalog = make_catalog(random, 60)
        effects = CaseEffects.of(random, 60, kind=1)
        for _ in range(40):
            case = make_case(random, 60)
            met |= {one.reason for one in decide_case(catalog, case, effects, random).dropped}
    assert met == set(DropReason)
