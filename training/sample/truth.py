"""The law by which sample leads convert, written down, so that a model can be judged against the truth."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.lead import Lead

URGENT_PHRASES = (
    "We have to start as soon as possible.",
    "This is urgent, ideally this week.",
    "We want to decide within the next few days.",
    "The deadline is the end of this month.",
)
DOUBTFUL_PHRASES = (
    "There is no rush, we are just looking around for now.",
    "It may well be next year before anything happens.",
    "At this stage we only want a rough idea.",
    "We are not sure yet whether we need it at all.",
)
SOURCE_POINTS: Mapping[str, float] = {
    "referral": 1.5,
    "organic search": 0.5,
    "partner": 0.8,
    "paid search": 0.0,
    "social media": -1.0,
    "purchased list": -1.8,
}
DEVICE_POINTS: Mapping[str, float] = {"desktop": 0.2, "tablet": 0.0, "phone": -0.2}
BUDGET_POINTS: Mapping[str, float] = {"yes": 1.3, "no": -0.7}
INTERCEPT = -4.25


def true_probability(lead: Lead) -> float:
    """Return the probability in (0, 1) with which this sample lead converts.

    It is 1 / (1 + exp(-z)), where z is the sum of

    - -4.25,
    - the points of its source and device (``SOURCE_POINTS``, ``DEVICE_POINTS``; 0 if missing),
    - 1.3 if the budget is confirmed, -0.7 if it is denied, 0 if unknown; 0.8 more if it is confirmed and the source is
      a referral or a partner,
    - 0.75 * ln(1 + pages viewed) (0 if missing),
    - 1.6 * minutes / (minutes + 8) for the minutes on site (0 if missing),
    - 0.7 if the visitor returned,
    - 1.3 if the description holds one of ``URGENT_PHRASES``, -1.6 for one of ``DOUBTFUL_PHRASES``,
    - 0.6 with a telephone number, 0.4 with an e-mail address,
    - -0.35 * max(0, ln(price / 2,000)) / 3 with a price,
    - 0.25 * ln(company size / 50), within [-0.6, 0.9], with a company size,
    - 0.3 if posted from Monday to Friday between 8:00 and 18:00 UTC, and
    - -0.3 if the location is remote.
    """
    z = INTERCEPT + _from_attributes(lead) + _from_fields(lead)
    return 1.0 / (1.0 + math.exp(-z))


def _from_attributes(lead: Lead) -> float:
    get = lead.attributes.get
    source, budget = str(get("source", "")), str(get("budget_confirmed", ""))
    z = SOURCE_POINTS.get(source, 0.0) + DEVICE_POINTS.get(str(get("device", "")), 0.0) + BUDGET_POINTS.get(budget, 0.0)
    if budget == "yes" and source in {"referral", "partner"}:
        z += 0.8
    pages, minutes, size = get("pages_viewed"), get("minutes_on_site"), get("company_size")
    if pages is not None:
        z += 0.75 * math.log1p(float(pages))
    if minutes is not None:
        z += 1.6 * float(minutes) / (float(minutes) + 8.0)
    if size is not None:
        z += min(0.9, max(-0.6, 0.25 * math.log(float(size) / 50.0)))
    return z + 0.7 * (get("returning") in {True, "true"})


def _from_fields(lead: Lead) -> float:
    z = 0.6 * bool(lead.phone) + 0.4 * bool(lead.email)
    z += 1.3 * any(phrase in lead.description for phrase in URGENT_PHRASES)
    z -= 1.6 * any(phrase in lead.description for phrase in DOUBTFUL_PHRASES)
    if lead.price is not None:
        z -= 0.35 * max(0.0, math.log(max(lead.price, 1.0) / 2_000.0)) / 3.0
    if lead.posted_time is not None:
        z += 0.3 * (lead.posted_time.weekday() < 5 and 8 <= lead.posted_time.hour < 18)  # noqa: PLR2004  Monday is 0
    return z - 0.3 * lead.location_name.lower().startswith("remote")
