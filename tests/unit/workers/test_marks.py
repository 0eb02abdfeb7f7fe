from __future__ import annotations

import os
import subprocess
import sys

import pytest

from workers.__main__ import main
from workers.marks import Mark, ages


def test_a_mark_tells_how_long_ago_it_was_left(tmp_path):
    mark = Mark(tmp_path / "marks", "worker")
    assert mark.moment() is None
    mark.leave()
    ((name, age),) = ages(tmp_path / "marks")
    assert name == f"worker-{os.getpid()}"
    assert 0 <= age.total_seconds() < 5


def test_only_its_user_may_look_into_the_folder(tmp_path):
    Mark(tmp_path / "marks", "worker").leave()
    assert (tmp_path / "marks").stat().st_mode & 0o777 == 0o700


def test_a_mark_that_was_removed_counts_no_more(tmp_path):
    mark = Mark(tmp_path, "beat")
    mark.leave()
    mark.remove()
    assert list(ages(tmp_path)) == []


def test_the_mark_of_a_process_that_is_gone_is_removed(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f"worker-{gone.pid}").write_text("1.0")
    assert list(ages(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "code"), [(None, 1), ("1.0", 1), ("", 1), ("now", 0)])
def test_alive_wants_every_mark_to_be_fresh(tmp_path, monkeypatch, text, code):
    monkeypatch.setenv("LEADLINE_WORKERS_DIR", str(tmp_path))
    if text == "now":
        Mark(tmp_path, "worker").leave()
    elif text is not None:
        (tmp_path / f"worker-{os.getpid()}").write_text(text)
    assert main(["alive", "--max-age", "5"]) == code


def test_one_fresh_mark_does_not_make_up_for_an_old_one(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_WORKERS_DIR", str(tmp_path))
    Mark(tmp_path, "worker").leave()
    assert main(["alive"]) == 0
    (tmp_path / f"beat-{os.getpid()}").write_text("1.0")
    assert main(["alive"]) == 1


def test_a_wrong_setting_is_named(monkeypatch, capsys):
    monkeypatch.setenv("LEADLINE_CANARY_SECONDS", "often")
    assert main(["alive"]) == 2
    assert "LEADLINE_CANARY_SECONDS" in capsys.readouterr().out
