"""Features: when the lead was posted, on the tenant's clock."""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

from core.features.declaration import Feature, FeatureGroup, Row
from core.features.view import LeadView

_SATURDAY = 5
_OPENING_HOUR = 9
_CLOSING_HOUR = 17
_SECONDS_PER_HOUR = 3600.0


class PostingTime:
    """Age at the scoring moment in hours (never negative), local hour, weekday (0 = Monday), weekend, business hours.

    All missing without a posted time; the age is missing without a scoring moment.
    """

    features = (
        Feature(name="posted.age_hours", group=FeatureGroup.TIME, reason="Age", unit="hours"),
        Feature(name="posted.hour", group=FeatureGroup.TIME, reason="Hour of posting", unit="hour"),
        Feature(name="posted.weekday", group=FeatureGroup.TIME, reason="Weekday of posting", unit="weekday"),
        Feature(name="posted.weekend", group=FeatureGroup.TIME, reason="Posted at the weekend", unit="flag"),
        Feature(name="posted.business_hours", group=FeatureGroup.TIME, reason="Posted in business hours", unit="flag"),
    )

    def __init__(self, time_zone: str) -> None:
        self.time_zone = time_zone
        self._zone = ZoneInfo(time_zone)

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        posted = view.lead.posted_time
        if posted is None:
            row[start : start + 5] = math.nan
            return
        moment = view.moment
        age = math.nan if moment is None else max(0.0, (moment - posted).total_seconds() / _SECONDS_PER_HOUR)
        local = posted.astimezone(self._zone)
        hour, weekday = local.hour, local.weekday()
        weekend = weekday >= _SATURDAY
        row[start : start + 5] = (age, hour, weekday, weekend, not weekend and _OPENING_HOUR <= hour < _CLOSING_HOUR)
