"""The short form of the chaos driver: every scenario once, with the seeds that once found something.

What depends on how busy the machine is (rates, percentiles) is told and not judged here; nothing lost, nothing doubled,
nobody else's, no process gone is judged.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.chaos.__main__ import run_one, tell
from tests.e2e.chaos.effort import SHORT
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.scenarios import SCENARIOS
from tests.e2e.chaos.seeds import DEFAULT, FOUND

CASES = [(name, seed) for name in SCENARIOS for seed in (DEFAULT, *FOUND.get(name, ()))]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("chaos"))
    yield made
    made.close()


@pytest.mark.parametrize(("name", "seed"), CASES, ids=[f"{name}-{seed}" for name, seed in CASES])
def test_scenario_keeps_its_promises(bench, name, seed):
    report = run_one(bench, name, seed, SHORT)
    tell(report)
    assert not report.missed(timing=False), report.notes
