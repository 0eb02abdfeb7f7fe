"""Every scenario by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.scenarios import disk, fuzz, learning, overload, postgres, redis, retries, rolling, scale, tenants

Scenario = Callable[[Bench, int, Effort], Report]
SCENARIOS: Mapping[str, Scenario] = {
    "scale": scale.run,
    "rolling": rolling.run,
    "overload": overload.run,
    "redis": redis.run,
    "postgres": postgres.run,
    "retries": retries.run,
    "disk": disk.run,
    "tenants": tenants.run,
    "fuzz": fuzz.run,
    "learning": learning.run,
}
