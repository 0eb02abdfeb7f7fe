from __future__ import annotations

import pytest

from core.adapters.keyword_file import read_keywords
from core.errors import InvalidInput


def test_the_shipped_lists_hold_the_families_that_rules_and_features_name():
    lists = read_keywords()
    assert {"budget", "experience", "technology", "property", "urgency", "contact"} <= set(lists)
    assert all(lists.values())


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('trade = ["sägewerk", "as is"]\nempty = []\n', encoding="utf-8")
    assert read_keywords(path) == {"trade": ["sägewerk", "as is"], "empty": []}


@pytest.mark.parametrize(
    "content",
    [b"trade = [", b"\xff\xfe", b'trade = "text"', b"trade = [1]", b'[trade]\nwords = ["x"]', b"trade = 3"],
)
def test_what_is_not_lists_of_texts_is_refused_and_named(content, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        read_keywords(path)
    assert str(path) in refused.value.violations[0].field


def test_a_missing_file_or_a_folder_is_refused_and_named(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InvalidInput) as refused:
            read_keywords(path)
        assert str(path) in refused.value.violations[0].field
