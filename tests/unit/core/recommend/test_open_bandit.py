"""The value of a ranker from another one's log, against what it really got."""

from __future__ import annotations

import pytest

from core.recommend.off_policy import off_policy_value
from tests.parts.open_bandit import CAMPAIGNS, file_of, judged, read_shown, shares


@pytest.mark.data
@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_the_log_of_a_uniform_ranker_holds_what_the_other_one_got(campaign):
    if not file_of("random", campaign).is_file():
        pytest.skip(f"{file_of('random', campaign).name} is not in the data folder")
    log, other = (read_shown(file_of(policy, campaign)) for policy in ("random", "bts"))
    truth = sum(one.clicked for one in other) / len(other)

    report = off_policy_value(judged(log, shares(other)))

    for estimate in (report.ips, report.snips, report.doubly_robust):
        assert estimate.lower < truth < estimate.upper
    assert report.snips.lower > 0.0
    assert report.effective_count < len(log)
