"""The parent outlives whatever happens to its processes. They are real ones, which only sleep."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from server.pool import parent as module
from server.pool.member import Member, spawn
from server.pool.parent import _Parent
from server.pool.reserving import ReservedPort
from server.settings import read_settings

SIZE = 4


def sleeper(index: int, *_: object) -> Member:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        process = subprocess.Popen(["sleep", "60"], pass_fds=[theirs.fileno()], process_group=0)
    return Member(index=index, process=process, link=ours)


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Parent]:
    monkeypatch.setattr(module, "spawn", sleeper)
    settings = read_settings({"LEADLINE_PROCESSES": str(SIZE)})
    made = _Parent(settings, {}, dict, ReservedPort(1, ()), None)
    yield made
    end(*made.pool.members())
    made.pool.stop()
    made.pool.step()
    made._selector.close()


def end(*members: Member) -> None:
    for member in members:
        member.kill()
        member.process.wait()


def step_until_complete(parent: _Parent) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        parent.pool.step()
        if len(list(parent.pool.members())) == SIZE:
            return
        time.sleep(0.01)
    raise AssertionError("not all processes are back within 10 seconds")


def test_all_processes_may_die_together(parent):
    """Nobody has looked at their lines yet when the numbers of these are given to those of their successors."""
    for _ in range(3):
        step_until_complete(parent)
        dead = list(parent.pool.members())
        end(*dead)
        parent.pool.step()
        step_until_complete(parent)
        assert not set(dead) & set(parent.pool.members())
    assert len(parent._selector.get_map()) == SIZE


def test_a_line_that_was_heard_to_be_cut_is_let_go_of_once(parent):
    step_until_complete(parent)
    first = next(parent.pool.members())
    end(first)
    with socket.socket() as awake:
        parent._hear(parent._selector.select(5), awake)
    parent.pool.step()
    assert first.link.fileno() == -1


def test_a_process_that_cannot_be_started_is_tried_again_after_a_wait(parent, monkeypatch):
    tries = []

    def short(*_: object) -> Member:
        tries.append(1)
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(module, "spawn", short)
    for _ in range(10):
        parent.pool.step()
    assert len(tries) == SIZE, "at once, once each"
    assert parent.figures.registry.get_sample_value("leadline_pool_restarts_total", {"cause": "not started"}) == SIZE
    monkeypatch.setattr(module, "spawn", sleeper)
    step_until_complete(parent)


def test_a_roll_whose_process_cannot_be_started_is_given_up_and_the_others_stay(parent):
    step_until_complete(parent)
    before = set(parent.pool.members())

    def short(_index: int) -> Member:
        raise OSError("no more files")

    parent.pool.roll(short)
    parent.pool.step()
    parent.pool.step()
    assert set(parent.pool.members()) == before


def test_a_process_that_cannot_be_started_leaves_no_line_open(monkeypatch):
    lines: list[socket.socket] = []

    def pair() -> tuple[socket.socket, socket.socket]:
        lines.extend(made := real())
        return made

    real = socket.socketpair
    monkeypatch.setattr(socket, "socketpair", pair)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(OSError):
        spawn(0, 1, {})
    assert [line.fileno() for line in lines] == [-1, -1]
