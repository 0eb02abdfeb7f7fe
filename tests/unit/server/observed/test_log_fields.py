from __future__ import annotations

import pytest

from server.observed.log_fields import LOG_FIELDS, LONGEST_VALUE, AllowList, plain


class Lead:
    def __repr__(self):
        return "jane.doe@example.com"


def through(line: dict) -> tuple[dict, list[int]]:
    dropped: list[int] = []
    allowed = AllowList(frozenset({"message", "code", "dropped_fields"}))
    allowed.report_to(dropped.append)
    return dict(allowed(None, "info", line)), dropped


def test_listed_fields_pass():
    assert through({"message": "x", "code": "OK"}) == ({"message": "x", "code": "OK"}, [])


def test_others_are_dropped_and_counted_but_not_named():
    line, dropped = through({"message": "x", "email": "jane.doe@example.com", "secret-name": 1})
    assert line == {"message": "x", "dropped_fields": 2}
    assert dropped == [2]


@pytest.mark.parametrize("value", [Lead(), [Lead()], {"a": 1}, b"bytes", ValueError("jane.doe@example.com")])
def test_of_an_object_only_its_type_is_kept(value):
    assert plain(value) == f"<{type(value).__name__}>"


@pytest.mark.parametrize("value", ["text", 1, 0.5, True, None])
def test_plain_values_are_kept(value):
    assert plain(value) is value


def test_long_texts_are_cut():
    assert plain("x" * 10_000) == "x" * LONGEST_VALUE + "…"


def test_every_field_has_a_meaning():
    assert all(meaning.strip() for meaning in LOG_FIELDS.values())
    assert not {"payload", "lead", "email", "metadata", "error", "event", "stack"} & LOG_FIELDS.keys()
