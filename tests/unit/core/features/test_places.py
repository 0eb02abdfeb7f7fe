from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.places import category_levels, location_key, price_band


@pytest.mark.parametrize(
    ("category", "levels"),
    [
        ("Software/QA", ("software", "software/qa")),
        ("  SOFTWARE /  Q   A / x", ("software", "software/q a/x")),
        ("Property", ("property", "property")),
        ("//Property//", ("property", "property")),
        ("", ("", "")),
        (" / ", ("", "")),
        ("Straße", ("strasse", "strasse")),
    ],
)
def test_categories_have_a_group_and_a_whole(category, levels):
    assert category_levels(category) == levels


def test_locations_differ_in_more_than_case_and_spaces():
    assert location_key("  New \t YORK ") == "new york"
    assert location_key("NewYork") != "new york"
    assert location_key(" ") == ""


@pytest.mark.parametrize(
    ("price", "band"), [(None, ""), (0.0, "0"), (9.0, "4"), (99.0, "8"), (999.0, "12"), (1e300, "48")]
)
def test_four_price_bands_to_a_factor_of_ten(price, band):
    assert price_band(price) == band


@given(st.floats(0, 1e15), st.floats(1, 10))
def test_a_higher_price_has_no_lower_band(price, factor):
    assert int(price_band(price)) <= int(price_band(price * factor))
