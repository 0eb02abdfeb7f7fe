from __future__ import annotations

import pytest

from core.conversation.heads.turn import Turn
from core.errors import InvalidInput
from core.version import BUYING_INTENT, HEAD_KINDS, INTENT, OBJECTION, SENTIMENT, URGENCY
from training.conversation.phrase_file import parse_phrases, read_phrase_folder, read_phrases


def rules(lines: list[str]) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        parse_phrases(lines, "a.txt")
    return [f"{violation.field} {violation.rule}" for violation in refused.value.violations]


def test_labels_hold_for_every_line_below_them():
    header = "[sentiment=neutral intents=buying,financing urgent=no buying=yes]"
    first, second = parse_phrases(["# about", "", header, "we are in", "When? >> on Monday"], "a.txt")
    assert first.turn == Turn("we are in")
    assert second.turn == Turn("on Monday", "When?")
    assert first.labels == second.labels
    assert first.labels == {
        SENTIMENT: {"neutral"},
        INTENT: {"buying", "financing"},
        URGENCY: set(),
        BUYING_INTENT: {"yes"},
    }
    assert first.group == second.group == "a.txt:3"


def test_what_is_wrong_is_named_with_its_line():
    lines = [
        "too early",
        "[objection=dear]",
        "[objection=price colour=red]",
        "[urgent]",
        "[urgent=no urgent=yes]",
        "[objection=price]",
        "ok",
    ]
    assert rules(lines) == [
        "a.txt:1 must stand below a line of labels in brackets",
        "a.txt:2 objection must be one of none, price, timing, location, trust, competitor, approval, feature",
        "a.txt:3 'colour' must be one of sentiment, intents, urgent, buying, objection, act",
        "a.txt:4 must stand below a line of labels in brackets",
        "a.txt:5 labels must be key=value, each key once",
    ]


def test_only_intents_may_be_several():
    assert rules(["[objection=price,trust]", "x"])[0].startswith("a.txt:1 objection must be one of")


def test_everyday_talk_is_known_by_the_name_of_its_file(tmp_path):
    for name in ("ordinary_calls.txt", "property.txt"):
        (tmp_path / name).write_text("[urgent=no]\nhello\n", encoding="utf-8")
    assert [phrase.is_ordinary for phrase in read_phrase_folder(tmp_path)] == [True, False]


def test_a_folder_without_phrases_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="text files of phrases"):
        read_phrase_folder(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="UTF-8"):
        read_phrases(tmp_path / "a.txt")


def test_the_shipped_phrases_are_enough_for_every_head():
    phrases = read_phrase_folder()
    assert len(phrases) > 5_000
    for kind in HEAD_KINDS:
        labelled = [phrase.labels[kind] for phrase in phrases if kind in phrase.labels]
        least = min(sum(name in held for held in labelled) for name in {name for held in labelled for name in held})
        assert least >= 150, kind
    said: dict[tuple[Turn, str], set[frozenset[str]]] = {}
    for phrase in phrases:
        if OBJECTION in phrase.labels:
            said.setdefault((phrase.turn, OBJECTION), set()).add(phrase.labels[OBJECTION])
    assert [turn for turn, held in said.items() if len(held) > 1] == []
