from datetime import timedelta

import pytest

from core.behavior.settings import LeadBehaviorSettings
from core.behavior.weights import EngagementWeights
from core.errors import InvalidInput


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("business_hours", (17, 9)),
        ("business_hours", (-1, 9)),
        ("business_hours", (9, 25)),
        ("business_hours", (9, 9)),
        ("session_gap", timedelta()),
        ("session_gap", timedelta(hours=-1)),
        ("session_gap", timedelta(days=31)),
        ("minimum_interactions", 0),
    ],
)
def test_a_broken_setting_is_named(field, value):
    with pytest.raises(InvalidInput, match=field):
        LeadBehaviorSettings(**{field: value})


def test_every_broken_setting_is_named_at_once():
    with pytest.raises(InvalidInput) as raised:
        LeadBehaviorSettings(business_hours=(3, 2), session_gap=timedelta(), minimum_interactions=-1)
    assert [each.field for each in raised.value.violations] == ["business_hours", "session_gap", "minimum_interactions"]


def test_default_settings_keep_the_version_and_others_have_their_own():
    other = LeadBehaviorSettings(minimum_interactions=2)
    assert LeadBehaviorSettings().version(3) == 3
    assert 2**30 <= other.version(3) < 2**31
    assert other.version(3) == LeadBehaviorSettings(minimum_interactions=2).version(3)
    assert len({other.version(3), other.version(4), LeadBehaviorSettings(minimum_interactions=3).version(3)}) == 3


def test_equal_settings_have_the_same_version_however_they_were_written():
    whole = LeadBehaviorSettings(weights=EngagementWeights(view=2), session_gap=timedelta(days=3))
    assert whole.version(1) == LeadBehaviorSettings(weights=EngagementWeights(view=2.0)).version(1)
    assert LeadBehaviorSettings(weights=EngagementWeights(view=1)).version(1) == 1
