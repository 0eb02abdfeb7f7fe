from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.folded import folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [("I’M IN — £5", "i'm in - £5"), ("ÉCOLE", "école"), ("İstanbul A", "İstanbul a")],  # noqa: RUF001
)
def test_lower_case_and_plain_marks(text, expected):
    assert folded(text) == expected


@given(st.text())
def test_every_code_point_stays_in_its_place(text):
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)
