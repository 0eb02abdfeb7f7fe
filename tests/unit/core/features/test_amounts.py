from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.amounts import Amounts, experience_years, largest_amount
from core.lead import MAX_DESCRIPTION, Lead


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€1.200,50 a month", 1_200.5 * 12),
        ("$45/hr", 45 * 2_080),
        ("$45 per hour", 45 * 2_080),
        ("120k", 120_000),
        ("85 000 EUR", 85_000),
        ("1.200 €", 1_200),
        ("45 € / h", 45 * 2_080),
        ("1.5m", 1_500_000),
        ("£1,200.50", 1_200.5),
        ("USD 3 million", 3e6),
        ("usd1200/week", 1_200 * 52),
        ("$300 a day", 300 * 260),
        ("10k per month", 120_000),
        ("$90k per year", 90_000),
        ("$1200000", 1_200_000),
        ("$85.5", 85.5),
        ("$100, or $2,000 or $30", 2_000),
        ("call 030 1234567", None),
        ("3 rooms, 120 m², floor 2", None),
        ("none", None),
        ("", None),
        ("12 euro", None),  # a word, not the sign or the code
        ("120kg", None),
        ("$" + "9" * 400, 1e12),
        ("€٣٤٥", 345),
    ],
)
def test_the_largest_amount_of_a_text_per_year(text, expected):
    found = largest_amount(text.lower())
    assert math.isnan(found) if expected is None else found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5+ years of experience", 5),
        ("3-5 yrs", 3),
        ("3 to 5 years, 7 years of Python", 7),
        ("5-year plan", 5),
        ("10 yr", 10),
        ("2.5 years", 2),
        ("50 years", 50),
        ("51 years", None),
        ("for over 100 years", None),
        ("since 2024 years ago", None),
        ("A5 years", None),
        ("5 yearly reports", None),
        ("many years", None),
        ("5 months", None),
        ("", None),
    ],
)
def test_years_of_experience(text, expected):
    found = experience_years(text.lower())
    assert math.isnan(found) if expected is None else found == expected


def test_a_lead_has_price_amount_and_experience(values):
    lead = Lead(lead_id="l", title="$20k, 2 years", description="€30k and 1 year", price=12.5)
    assert values(Amounts(), lead) == {"price": 12.5, "text.largest_amount": 30_000, "text.experience": 2}


def test_what_a_lead_does_not_say_is_missing(values):
    found = values(Amounts(), Lead(lead_id="l", title="Flat", description="in 3 rooms"))
    assert found == {"price": None, "text.largest_amount": None, "text.experience": None}


def test_a_price_of_zero_is_known_and_a_huge_one_is_cut(values):
    assert values(Amounts(), Lead(lead_id="l", price=0.0))["price"] == 0.0
    assert values(Amounts(), Lead(lead_id="l", price=1e300))["price"] == pytest.approx(1e12)


@given(st.text(alphabet="0123456789 .,$€k/hmyearsto-+x٣", max_size=60))
def test_any_mix_of_digits_and_signs_gives_a_finite_amount_or_none(text):
    amount, years = largest_amount(text), experience_years(text)
    assert math.isnan(amount) or 0.0 <= amount <= 1e12
    assert math.isnan(years) or 0.0 <= years <= 50.0


@pytest.mark.parametrize("part", ["1", "1 ", "1 111 ", "11 years", "1.", "1,11", "$1k per ", "1 to "])
def test_the_longest_text_of_numbers_is_read_in_no_time(part):
    text = (part * MAX_DESCRIPTION)[: MAX_DESCRIPTION - 1] + "x"
    started = time.perf_counter()
    largest_amount(text)
    experience_years(f"year {text}")
    assert time.perf_counter() - started < 2.0  # quadratic search takes 20 s
