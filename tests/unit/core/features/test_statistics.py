from __future__ import annotations

import pytest

from core.features.statistics import TextStatistics
from core.lead import Lead


def test_statistics_and_keywords_of_a_title(values, keywords):
    lead = Lead(lead_id="l", title="URGENT: urgent job, 20 per hour. Ready to go", description="not this")
    assert values(TextStatistics("title", keywords), lead) == pytest.approx(
        {
            "title.length": 44,
            "title.word_count": 9,
            "title.sentence_count": 2,
            "title.capital_share": 7 / 44,
            "title.digit_share": 2 / 44,
            "title.punctuation_share": 3 / 44,
            "title.urgency_keywords": 2,  # "urgent" counts once
            "title.budget_keywords": 1,
        }
    )


def test_an_empty_text_is_missing_in_every_feature(values, keywords):
    found = values(TextStatistics("description", keywords), Lead(lead_id="l", title="urgent"))
    assert set(found.values()) == {None}
    assert len(found) == 8


def test_a_text_without_words_is_present_with_zeros(values, keywords):
    found = values(TextStatistics("title", keywords), Lead(lead_id="l", title="42!"))
    assert found["title.word_count"] == 1
    assert found["title.urgency_keywords"] == 0
