from __future__ import annotations

import pytest

from core.scoring.wording import attribute_name, number_text, shortened


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (3.0, "3"),
        (-2.5, "-2.5"),
        (1 / 3, "0.3333"),
        (999.96, "1000"),
        (12_345.6, "12,346"),
        (1e12, "1,000,000,000,000"),
    ],
)
def test_numbers_read_like_numbers(value, text):
    assert number_text(value) == text


def test_a_name_that_is_taken_gets_its_group():
    assert attribute_name("Price", {"Size"}) == "Price"
    assert attribute_name("Price", {"Price"}) == "Price (attribute)"
    assert attribute_name("Price", {"Price", "Price (attribute)"}) == "Price (attribute) (attribute)"


def test_long_texts_are_cut():
    assert shortened("x" * 80) == "x" * 80
    assert shortened("x" * 81) == "x" * 79 + "…"
