from __future__ import annotations

import pytest

from server.admission.turns import Turns


def test_one_tenant_is_served_in_order():
    turns = Turns()
    for item in range(3):
        turns.put("a", item)
    assert [turns.pop() for _ in range(3)] == [("a", 0), ("a", 1), ("a", 2)]


def test_tenants_take_turns_however_many_each_sent():
    turns = Turns()
    for item in range(4):
        turns.put("a", item)
    turns.put("b", 10)
    turns.put("c", 20)
    turns.put("b", 11)
    assert [turns.pop()[1] for _ in range(7)] == [0, 10, 20, 1, 11, 2, 3]


def test_the_length_is_what_waits_and_nothing_can_be_taken_from_nothing():
    turns = Turns()
    turns.put("a", 1)
    assert len(turns) == 1
    turns.pop()
    assert len(turns) == 0
    with pytest.raises(IndexError):
        turns.pop()
