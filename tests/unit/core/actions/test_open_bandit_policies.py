"""Values of policies from the log of another one agree with what they really got."""

from __future__ import annotations

import math

import pytest

from core.recommend.off_policy import off_policy_value
from tests.parts.open_bandit import CAMPAIGNS, file_of
from tests.parts.open_bandit_policies import POLICIES, agree, judgements, really_got


@pytest.mark.data
def test_each_policy_is_worth_what_it_got():
    for policy in POLICIES:
        for campaign in CAMPAIGNS:
            if not file_of(policy, campaign).is_file():
                pytest.skip(f"{file_of(policy, campaign).name} is not in the data folder")
    for one in judgements():
        report = off_policy_value(one.slots, clip=math.inf)
        for estimate in (report.ips, report.snips, report.doubly_robust):
            assert agree(estimate, really_got(one)), (one.campaign, one.wanted, estimate)
