from __future__ import annotations

import pytest

from core.behavior.plan import LEAD_PLAN
from core.features.readable import readable


@pytest.mark.parametrize(
    ("name", "unit", "words"),
    [
        ("days_since_purchase", "days", "Days since purchase"),
        ("days_since_last", "days", "Days since the newest event"),
        ("views_7d", "count", "Views in 7 days"),
        ("events_1h", "count", "Events in 1 hour"),
        ("engagement_fading_30d", "score", "Engagement fading over 30 days"),
        ("avg_session_length_minutes", "minutes", "Average session length"),
        ("purchase_count", "count", "Purchase count"),
        ("days", "days", "Days"),
    ],
)
def test_names_become_words(name, unit, words):
    assert readable(name, unit) == words


def test_no_two_features_of_the_plan_of_leads_read_alike():
    names = [readable(feature.name, feature.unit) for feature in LEAD_PLAN.features]
    assert len(set(names)) == len(names)
