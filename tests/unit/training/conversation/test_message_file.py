from __future__ import annotations

import json

import pytest

from core.conversation.heads.turn import Turn
from core.errors import InvalidInput
from core.version import INTENT, OBJECTION, URGENCY
from training.conversation.message_file import read_messages


def written(tmp_path, *rows: object, name: str = "own.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_json_lines_are_read(tmp_path):
    path = written(
        tmp_path,
        {"text": "too dear", "agent_text": "420 a month", "objection": "price", "urgent": False},
        {"text": "we want it", "intents": ["buying", "price"], "conversation_id": "c1"},
    )
    first, second = read_messages(path)
    assert first.turn == Turn("too dear", "420 a month")
    assert (first.labels, second.labels) == ({OBJECTION: {"price"}, URGENCY: set()}, {INTENT: {"buying", "price"}})
    assert (first.group, second.group) == ("own:own.jsonl:1", "own:c1")
    assert first.is_own
    assert second.is_own


def test_csv_is_read(tmp_path):
    path = written(
        tmp_path, "text,urgent,conversation_id", '"now, please",yes,7', "later,,8", "later,no,9", name="own.csv"
    )
    with pytest.raises(InvalidInput, match="must have a label"):
        read_messages(path)
    path = written(tmp_path, "text,urgent", '"now, please",yes', "later,no", name="own.csv")
    assert [phrase.labels[URGENCY] for phrase in read_messages(path)] == [{"yes"}, set()]


def test_what_reaches_people_is_masked(tmp_path):
    (phrase,) = read_messages(written(tmp_path, {"text": "write to ann.lee@example.com", "urgent": "no"}))
    assert "example.com" not in phrase.turn.text


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"text": "", "urgent": "no"}, "own.jsonl:1.text must be 1 to"),
        ({"text": "private words", "urgent": "soon"}, "own.jsonl:1 urgent must be one of yes, no"),
        ({"text": "private words", "mood": "x"}, "own.jsonl:1 'mood' must be one of"),
        ({"text": "private words"}, "own.jsonl:1 must have a label"),
        ({"text": ["private"], "urgent": 3}, "own.jsonl:1 values must be texts"),
        ("[1]", "own.jsonl:1 must be a JSON object"),
        ("{private", "own.jsonl:1 must be a JSON object"),
    ],
)
def test_what_is_wrong_is_named_without_the_text(tmp_path, row, rule):
    with pytest.raises(InvalidInput) as refused:
        read_messages(written(tmp_path, row))
    (violation,) = refused.value.violations
    assert f"{violation.field} {violation.rule}".startswith(rule)
    assert "private" not in str(refused.value)


def test_a_file_without_messages_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="labelled messages"):
        read_messages(written(tmp_path, ""))
    with pytest.raises(InvalidInput, match="readable file"):
        read_messages(tmp_path / "none.jsonl")
