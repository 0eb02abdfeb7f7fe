"""The page of health tells the constants that are."""

from __future__ import annotations

import pytest

from tests.benchmarks.actions.health_page import PAGE, sections


@pytest.mark.parametrize("name", sections())
def test_the_page_is_fresh(name):
    page = PAGE.read_text(encoding="utf-8")
    assert f"<!-- {name} -->\n{sections()[name]}\n<!-- /{name} -->" in page
