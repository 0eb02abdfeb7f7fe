from __future__ import annotations

import pytest

from core.adapters.keyword_file import read_keywords
from core.errors import InvalidInput
from core.features.keywords import KeywordFamilies
from core.features.view import LeadView
from core.features.words import find_words
from core.lead import Lead


def count(entries, text):
    return KeywordFamilies({"family": entries}).count(find_words(text.lower()), text.lower())[0]


@pytest.mark.parametrize(
    ("entries", "text", "expected"),
    [
        (["urgent"], "Urgent!", 1),
        (["urgent"], "urgently", 0),
        (["urgent"], "urgent urgent urgent", 1),
        (["urgent", "soon"], "soon, urgent", 2),
        (["as soon as possible"], "please as soon as possible.", 1),
        (["as soon as possible"], "as soon as we can", 0),
        (["ready to"], "ready tomorrow", 0),
        (["ready to"], "already to call, ready", 0),
        (["pre-approved"], "I am pre-approved", 1),
        (["pre-approved"], "pre approved", 0),
        (["c++"], "we use c++ daily", 1),
        (["garden", "garden shed"], "a garden shed", 2),
        (["für sofort"], "Zimmer FÜR SOFORT frei", 1),
        ([], "anything", 0),
    ],
)
def test_different_entries_of_a_family_are_counted(entries, text, expected):
    assert count(entries, text) == expected


def test_one_entry_may_belong_to_two_families():
    families = KeywordFamilies({"a": ["call"], "b": ["call", "mail"]})
    assert families.count(["call"], "call") == [1, 1]


@pytest.mark.parametrize("entry", ["Urgent", "", "  call", "24 hours", "-x"])
def test_entries_that_could_never_match_are_refused(entry):
    with pytest.raises(InvalidInput) as refused:
        KeywordFamilies({"mine": [entry]})
    assert refused.value.violations[0].field == "keywords['mine']"


def test_the_shipped_lists_are_accepted_and_each_entry_finds_itself():
    lists = read_keywords()
    families = KeywordFamilies(lists)
    for position, (name, entries) in enumerate(lists.items()):
        for entry in entries:
            assert families.count(find_words(entry), entry)[position] >= 1, (name, entry)


def test_a_view_knows_whether_title_or_description_mention_a_family():
    families = KeywordFamilies({"urgency": ["urgent"], "budget": ["budget"]})
    view = LeadView(Lead(lead_id="l", title="", description="urgent"), None, families)
    assert view.mentions("urgency")
    assert not view.mentions("budget")
    assert not view.mentions("no such family")
