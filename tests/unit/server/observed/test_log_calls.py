"""Reads every call of the log in the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from server.observed.log_fields import LOG_FIELDS
from workers import log as workers_log

ROOT = Path(__file__).resolve().parents[4]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("core", "server", "workers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if getattr(node.func.value, "id", "") == "log" and node.func.attr in LEVELS:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_line_has_one_fixed_message_and_listed_fields():
    calls = list(log_calls())
    assert len(calls) > 5
    for place, call in calls:
        message = call.args[-1]
        assert isinstance(message, ast.Constant), f"{place}: the message must be a fixed text"
        # What is given by a mapping is seen at run time only, where the list holds too.
        listed = workers_log.LOG_FIELDS | {None} if place.startswith("workers/") else LOG_FIELDS.keys()
        assert {keyword.arg for keyword in call.keywords} <= listed, f"{place}: unknown fields"


def test_no_line_takes_an_exception_with_its_text():
    for place, call in log_calls():
        assert call.func.attr != "exception", place
        assert not {"exc_info", "stack_info"} & {keyword.arg for keyword in call.keywords}, place
