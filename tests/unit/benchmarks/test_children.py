from __future__ import annotations

import json
import sys

import pytest

from tests.benchmarks.children import child_environment, listening, serving_address

_SERVING = """
import sys, time
sys.stderr.write('{"message": "serving", "address": "a:1"}\\n')
sys.stderr.flush()
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("line", "address"),
    [
        (json.dumps({"message": "serving", "address": "127.0.0.1:41523", "level": "info"}), "127.0.0.1:41523"),
        (json.dumps({"message": "draining", "address": "127.0.0.1:41523"}), ""),
        ("Traceback (most recent call last):\n", ""),
        ("12\n", ""),
    ],
)
def test_only_the_line_that_says_serving_gives_an_address(line, address):
    assert serving_address(line) == address


def test_a_child_inherits_no_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_DATABASE_URL", "sqlite:///somebody-elses.db")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    made = child_environment(tmp_path, LEADLINE_PORT="0")
    assert {name for name in made if name.startswith(("LEADLINE_", "PYTHON"))} == {
        "LEADLINE_PORT",
        "PYTHONPYCACHEPREFIX",
    }


def test_a_process_that_ends_before_it_serves_is_an_error_with_its_last_words(tmp_path):
    dying = ("-c", "import sys; sys.exit('no such database')")
    with pytest.raises(RuntimeError, match="no such database"), listening(dying, child_environment(tmp_path)):
        pass


def test_a_process_is_gone_after_the_block(tmp_path):
    with listening(("-c", _SERVING), child_environment(tmp_path)) as child:
        assert child.target == "a:1"
        assert child.process.poll() is None
        if sys.platform == "linux":
            assert child.resident_mib() > 1.0
            assert child.cpu_seconds() >= 0.0
    assert child.process.poll() is not None
