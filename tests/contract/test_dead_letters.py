from __future__ import annotations

from datetime import timedelta

import pytest

from core.adapters.sql.dead_letter_store import MOST_ARGUMENTS, SqlDeadLetters
from workers.dead_letters import DeadLetters


@pytest.fixture
def store(database, clock) -> SqlDeadLetters:
    return SqlDeadLetters(database, clock)


def add(store: SqlDeadLetters, tenant: str, **changes: object) -> None:
    store.add(**{"tenant": tenant, "task": "t", "arguments": "{}", "problem": "ValueError", "attempts": 3, **changes})


def test_letters_come_newest_first(store, clock):
    add(store, "acme", task="first")
    clock.advance(1)
    add(store, "*", task="second")
    letters = store.newest()
    assert [(letter.tenant, letter.task, letter.attempts) for letter in letters] == [
        ("*", "second", 3),
        ("acme", "first", 3),
    ]
    assert letters[0].dead_time == clock()


def test_a_tenant_sees_its_own(store):
    add(store, "acme")
    add(store, "other")
    assert [letter.tenant for letter in store.newest("acme")] == ["acme"]
    assert len(store.newest(limit=1)) == 1


def test_what_is_too_long_is_cut(store):
    add(store, "acme", arguments="x" * 100_000, problem="y" * 10_000)
    (letter,) = store.newest()
    assert (len(letter.arguments), len(letter.problem)) == (MOST_ARGUMENTS, 500)


def test_old_letters_are_removed(store, clock):
    add(store, "acme", task="old")
    clock.advance(100)
    add(store, "other", task="new")
    assert store.prune(timedelta(seconds=50)) == 1
    assert [letter.task for letter in store.newest()] == ["new"]
    assert store.prune(timedelta(seconds=50)) == 0


@pytest.mark.parametrize(
    ("arguments", "tenant"),
    [
        ({"tenant": "acme"}, "acme"),
        ({"tenant": "a\x00b"}, "*"),
        ({"tenant": 5}, "5"),
        ({"tenant": "x" * 1000}, "*"),
        ({}, "*"),
    ],
)
def test_whatever_a_task_was_called_with_can_be_kept(store, arguments, tenant):
    DeadLetters(store).bury(task="t", arguments={**arguments, "text": "\ud800\x00é"}, problem="p", attempts=1)
    (letter,) = store.newest()
    assert letter.tenant == tenant
    assert letter.arguments.isascii()
    assert "\x00" not in letter.arguments
