from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.features.temporal import PostingTime
from core.lead import Lead

NAMES = ("posted.age_hours", "posted.hour", "posted.weekday", "posted.weekend", "posted.business_hours")


def features(*row):
    return dict(zip(NAMES, row, strict=True))


@pytest.mark.parametrize(
    ("zone", "posted", "expected"),
    [
        ("UTC", datetime(2026, 3, 2, 9, tzinfo=UTC), (9, 0, 0, 1)),  # Monday
        ("UTC", datetime(2026, 3, 2, 8, 59, tzinfo=UTC), (8, 0, 0, 0)),
        ("UTC", datetime(2026, 3, 6, 16, 59, tzinfo=UTC), (16, 4, 0, 1)),
        ("UTC", datetime(2026, 3, 6, 17, tzinfo=UTC), (17, 4, 0, 0)),
        ("UTC", datetime(2026, 3, 7, 12, tzinfo=UTC), (12, 5, 1, 0)),  # Saturday
        ("America/New_York", datetime(2026, 3, 2, 2, tzinfo=UTC), (21, 6, 1, 0)),  # still Sunday there
        # Berlin: summer time from 29 March 2026, 1:00 UTC.
        ("Europe/Berlin", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), (1, 6, 1, 0)),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), (3, 6, 1, 0)),
        ("Europe/Berlin", datetime(2026, 3, 30, 7, 0, tzinfo=UTC), (9, 0, 0, 1)),
        ("Europe/Berlin", datetime(2026, 3, 27, 7, 0, tzinfo=UTC), (8, 4, 0, 0)),
        # and back on 25 October: 2:30 twice
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), (2, 6, 1, 0)),
        ("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), (2, 6, 1, 0)),
        ("Asia/Kolkata", datetime(2026, 3, 2, 3, 45, tzinfo=UTC), (9, 0, 0, 1)),
    ],
)
def test_posting_time_on_the_clock_of_the_tenant(zone, posted, expected, values):
    lead = Lead(lead_id="l", posted_time=posted)
    assert values(PostingTime(zone), lead, posted + timedelta(minutes=90)) == features(1.5, *expected)


def test_age_is_never_negative_and_missing_without_a_moment(values):
    posted = datetime(2026, 3, 2, 9, tzinfo=UTC)
    lead = Lead(lead_id="l", posted_time=posted)
    assert values(PostingTime("UTC"), lead, posted - timedelta(days=1))["posted.age_hours"] == 0.0
    assert values(PostingTime("UTC"), lead, None) == features(None, 9, 0, 0, 1)


def test_everything_is_missing_without_a_posted_time(values):
    found = values(PostingTime("UTC"), Lead(lead_id="l"), datetime(2026, 3, 2, tzinfo=UTC))
    assert found == features(*[None] * 5)


def test_the_ends_of_time_can_be_read_in_every_zone(values):
    for posted in (datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 23, 59, tzinfo=UTC)):
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            assert None not in values(PostingTime(zone), Lead(lead_id="l", posted_time=posted), posted).values()
