"""Features: the price, amounts of money found in the text, and years of experience asked for."""

from __future__ import annotations

import math
import re

from core.features.declaration import Feature, FeatureGroup, Row
from core.features.view import LeadView

_NUMBER = re.compile(
    r"(?P<number>\d(?<!\d\d)(?:\d{0,2}(?:[ ,.]\d{3})+(?:[.,]\d{1,2})?|\d*(?:[.,]\d{1,2})?))"
    r"\s?(?P<scale>k|m|mio|million|thousand)?\b"
    r"(?:\s?(?P<currency>[$€£]|(?:usd|eur|gbp)\b))?"
    r"(?:\s?(?:/|per|an?|each)\s?(?P<period>hour|hr|h|day|week|month|mo|year|yr|annum)\b)?"
)
"""Starts with a digit, so that the search skips letters quickly; the currency before it is looked up afterwards. Only
the first digit of a run starts a number: the rest of a long run would be tried in vain, in quadratic time."""
_CURRENCIES = ("$", "€", "£", "usd", "eur", "gbp")
_CURRENCY_REACH = 4
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6}
_PER_YEAR = {"hour": 2080.0, "hr": 2080.0, "h": 2080.0, "day": 260.0, "week": 52.0, "month": 12.0, "mo": 12.0}
_EXPERIENCE = re.compile(
    r"(?<![\w.,])(\d{1,2})(?:[.,]\d)?\s?\+?\s?(?:(?:-|to)\s?(?:\d{1,2}\s?\+?\s?)?)?(?:years?|yrs?)\b"
)
_LARGEST_AMOUNT = 1e12
_MOST_YEARS = 50


class Amounts:
    """Price of the lead, largest amount and years of experience named in title and description."""

    features = (
        Feature(name="price", group=FeatureGroup.TEXT, reason="Price", unit="money"),
        Feature(name="text.largest_amount", group=FeatureGroup.TEXT, reason="Amount named in the text", unit="money"),
        Feature(name="text.experience", group=FeatureGroup.TEXT, reason="Experience asked for", unit="years"),
    )

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        price = view.lead.price
        row[start] = math.nan if price is None else min(price, _LARGEST_AMOUNT)
        amount = years = math.nan
        for facts in (view.title, view.description):
            if facts.digit_count:
                amount = _larger(amount, largest_amount(facts.lowered))
                years = _larger(years, experience_years(facts.lowered))
        row[start + 1] = amount
        row[start + 2] = years


def _larger(known: float, found: float) -> float:
    return found if not known >= found else known


def largest_amount(lowered: str) -> float:
    """Return the largest amount of money in a lower-case text, per year where it is a rate, NaN if there is none.

    An amount has a currency before or after it, or a scale ("120k"). Hourly rates count 2,080 hours a year, daily 260
    days, weekly 52 weeks, monthly 12 months.
    """
    best = math.nan
    for match in _NUMBER.finditer(lowered):
        number, scale, currency, period = match.groups()
        if scale or currency or _follows_currency(lowered, match.start()):
            value = _number(number) * _SCALES.get(scale or "", 1.0) * _PER_YEAR.get(period or "", 1.0)
            best = _larger(best, min(value, _LARGEST_AMOUNT))
    return best


def _follows_currency(lowered: str, start: int) -> bool:
    return lowered[max(0, start - _CURRENCY_REACH) : start].rstrip().endswith(_CURRENCIES)


def _number(written: str) -> float:
    """Read ``1,200.50``, ``1.200,50``, ``1 200`` and ``85.5``: a last separator before one or two digits is decimal."""
    whole, fraction = written.replace(" ", ""), ""
    cut = max(whole.rfind(","), whole.rfind("."))
    if cut >= 0 and len(whole) - cut - 1 != 3:  # noqa: PLR2004  three digits make a thousands group
        whole, fraction = whole[:cut], whole[cut + 1 :]
    digits = whole.replace(",", "").replace(".", "")
    return float(f"{digits or '0'}.{fraction or '0'}")


def experience_years(lowered: str) -> float:
    """Return the most years of experience a lower-case text asks for, NaN if none.

    "5+ years" asks for 5, "3-5 yrs" for 3; more than 50 is something else.
    """
    if "year" not in lowered and "yr" not in lowered:
        return math.nan
    years = [years for match in _EXPERIENCE.finditer(lowered) if (years := int(match[1])) <= _MOST_YEARS]
    return float(max(years)) if years else math.nan
