from __future__ import annotations

from core.conversation.span import Span, joined


def test_spans_that_overlap_or_touch_become_one():
    spans = [
        Span(start=8, end=9),
        Span(start=2, end=4),
        Span(start=0, end=1),
        Span(start=3, end=6),
        Span(start=6, end=7),
    ]

    assert joined(spans) == (Span(start=0, end=1), Span(start=2, end=7), Span(start=8, end=9))
    assert joined([]) == ()
