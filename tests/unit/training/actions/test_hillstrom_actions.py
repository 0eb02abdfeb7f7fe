"""What is learned of a real campaign whose arms were given by chance claims nothing that is not so."""

from __future__ import annotations

import pytest

from core.actions.trials import Trial
from core.recommend.off_policy import Proof
from tests.parts.action_trials import MOMENT
from tests.parts.hillstrom import CONTROL, FILE
from tests.parts.hillstrom_actions import PROPENSITY, read_mailed
from training.actions.fit import RankerOptions, fit_ranker


@pytest.mark.data
def test_the_best_arm_is_worth_what_plain_counting_says():
    if not FILE.is_file():
        pytest.skip(f"{FILE.name} is not in the data folder")
    mailed = read_mailed(limit=15_000)
    trials = [
        Trial(
            lead_id=one.customer_id,
            action_id=one.arm,
            propensity=PROPENSITY,
            time=MOMENT,
            facts={f"lead.attributes.{name}": value for name, value in one.attributes.items()},
            converted=one.visit,
            candidates=frozenset(),
        )
        for one in mailed
    ]
    fitted = fit_ranker(trials, {}, {}, RankerOptions(baseline=CONTROL), now=MOMENT)
    report = fitted.report
    of_arm = [one.visit for one in mailed if one.arm == report.constant_action]
    assert report.constant.lower < sum(of_arm) / len(of_arm) < report.constant.upper
    assert (report.proof is Proof.BETTER) == (report.gain.lower > 0.0)
    assert all(uplift > 0.0 for arm, uplift, _ in fitted.averages if arm != CONTROL)
