from __future__ import annotations

import subprocess
import sys

import pytest

from workers.slots import slot_count, training_slot

HOLD = (
    "import sys; from pathlib import Path; from workers.slots import training_slot\n"
    "with training_slot(Path(sys.argv[1]), 2) as free:\n"
    "    print(free, flush=True); sys.stdin.read()"
)


@pytest.mark.parametrize(("concurrency", "slots"), [(1, 1), (2, 1), (3, 2), (8, 7)])
def test_all_processes_but_one_may_train(concurrency, slots):
    assert slot_count(concurrency) == slots


def test_a_taken_slot_is_not_free(tmp_path):
    with training_slot(tmp_path, 3) as first, training_slot(tmp_path, 3) as second, training_slot(tmp_path, 3) as third:
        assert (first, second, third) == (True, True, False)
    with training_slot(tmp_path, 3) as again:
        assert again


def test_a_process_that_is_killed_gives_its_slot_back(tmp_path):
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(1)
    ]
    (first,) = holders
    assert first.stdout.readline() == "True\n"
    second = subprocess.run(
        [sys.executable, "-c", HOLD, str(tmp_path)], input="", capture_output=True, text=True, check=True
    )
    assert second.stdout == "False\n"
    first.kill()
    first.wait()
    first.stdin.close()
    first.stdout.close()
    third = subprocess.run(
        [sys.executable, "-c", HOLD, str(tmp_path)], input="", capture_output=True, text=True, check=True
    )
    assert third.stdout == "True\n"
