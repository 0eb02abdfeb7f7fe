from __future__ import annotations

import math

import pytest

from tests.benchmarks.budget import MET, MISSED, REACHED, Budget, markdown_table, plain_table


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.74, MISSED), (0.75, MET), (0.89, MET), (0.9, REACHED), (1.2, REACHED), (math.nan, MISSED)]
)
def test_a_rising_figure(value, verdict):
    assert Budget(must=0.75, reach=0.9, rising=True).verdict(value) == verdict


@pytest.mark.parametrize(
    ("value", "verdict"), [(1.01, MISSED), (1.0, MET), (0.61, MET), (0.6, REACHED), (0.1, REACHED), (math.nan, MISSED)]
)
def test_a_falling_figure(value, verdict):
    assert Budget(must=1.0, reach=0.6, rising=False).verdict(value) == verdict


def test_a_markdown_table_has_its_rule_under_the_header():
    table = markdown_table(["what", "figure"], [["Score", "2,000"]])
    assert table == "| what | figure |\n| --- | ---: |\n| Score | 2,000 |\n"


def test_a_plain_table_lines_its_columns_up():
    assert (
        plain_table(["what", "n"], [["a longer name", "12"], ["b", ""]]) == "what           n\na longer name  12\nb\n"
    )
