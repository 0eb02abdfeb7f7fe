"""What a cached score would save: ``python -m tests.benchmarks.cache_speed`` prints a table.

Puts working a score out beside finding it in the caches that the server has. A cached answer is found under the hash
of the exact vector, so the vector is worked out either way; with reasons the lead's texts count too, as reasons quote
them.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.adapters.cache_limits import CacheLimits
from core.adapters.cache_memory import MemoryCache
from core.adapters.cache_seal import CacheSeal
from core.adapters.redis_cache import RedisCache
from core.adapters.redis_client import redis_client
from core.adapters.sql.lead_json import lead_to_json
from core.identifiers import TenantId
from core.lead import Lead
from core.ports import CacheKey
from core.scoring.model import ScoringModel
from tests.parts.cache_counts import CacheCounts
from tests.parts.fitted import FITTED_TIMES, offline_model, small_version
from tests.parts.redis_server import running_redis

LEADS = 500
ROUNDS = 5
NOW = FITTED_TIMES[1] + timedelta(days=1)
LATER = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1))
_MICRO = 1e6
_TENANT = TenantId("default")


@dataclass(frozen=True)
class Step:
    """One thing that is timed."""

    name: str
    act: Callable[[Lead], object]


def main() -> int:
    """Time every step and print medians and 99th percentiles."""
    leads = [lead for lead, _ in small_version(1).leads[:LEADS]]
    model = offline_model(small_version(1).files)
    with running_redis() as server:
        near = MemoryCache(CacheSeal(b"bench"), CacheLimits(), CacheCounts())
        far = RedisCache(
            redis_client(server.url, timedelta(seconds=5)), CacheSeal(b"bench"), CacheLimits(), CacheCounts()
        )
        steps = _steps(model, leads, near, far)
        _say(f"{'step':48} {'median us':>10} {'p99 us':>10}")
        for step in steps:
            times = sorted(_time(step, leads))
            _say(f"{step.name:48} {statistics.median(times):10.1f} {times[int(0.99 * len(times))]:10.1f}")
        far.close()
    for later in LATER:
        _say(f"vectors that are the same {later} later: {_unchanged(model, leads, later)} of {len(leads)}")
    return 0


def _steps(model: ScoringModel, leads: Sequence[Lead], near: MemoryCache, far: RedisCache) -> list[Step]:
    rows = {lead.lead_id: model.rows([lead], NOW) for lead in leads}
    scored = {lead.lead_id: model.score(rows[lead.lead_id])[0] for lead in leads}

    def reasons(lead: Lead) -> bytes:
        explanation, named = model.explain(lead, rows[lead.lead_id][0], scored[lead.lead_id], 5)
        contributions = [[c.feature, c.group, c.points, c.value_text] for c in named]
        parts = [explanation.base_points, explanation.other_points, dict(explanation.importance), contributions]
        return json.dumps(parts).encode()

    def vector_hash(lead: Lead) -> str:
        return hashlib.blake2b(rows[lead.lead_id].tobytes(), digest_size=16).hexdigest()

    def whole_hash(lead: Lead) -> str:
        content = rows[lead.lead_id].tobytes() + lead_to_json(lead).encode()
        return hashlib.blake2b(content, digest_size=16).hexdigest()

    def key(lead: Lead, content: str) -> CacheKey:
        version = model.version.manifest.version
        return CacheKey(kind="score", tenant=_TENANT, subject=lead.lead_id, version=version, content=content)

    answers = {lead.lead_id: reasons(lead) for lead in leads}
    for lead in leads:
        for cache in (near, far):
            cache.put(key(lead, whole_hash(lead)), answers[lead.lead_id])

    def decoded(value: bytes | None) -> object:
        return json.loads(value) if value is not None else sys.exit("a value is not there")

    return [
        Step("work out the vector (with or without a cache)", lambda lead: model.rows([lead], NOW)),
        Step("run the graph: all that 0 reasons need", lambda lead: model.score(rows[lead.lead_id])),
        Step("work out 5 reasons", lambda lead: model.explain(lead, rows[lead.lead_id][0], scored[lead.lead_id], 5)),
        Step("hash the vector", vector_hash),
        Step("hash the vector and the lead", whole_hash),
        Step("memory: miss", lambda lead: near.get(key(lead, "none"))),
        Step("memory: hit, decoded", lambda lead: decoded(near.get(key(lead, whole_hash(lead))))),
        Step("memory: put", lambda lead: near.put(key(lead, whole_hash(lead)), answers[lead.lead_id])),
        Step("redis: miss", lambda lead: far.get(key(lead, "none"))),
        Step("redis: hit, decoded", lambda lead: decoded(far.get(key(lead, whole_hash(lead))))),
        Step("redis: put", lambda lead: far.put(key(lead, whole_hash(lead)), answers[lead.lead_id])),
    ]


def _time(step: Step, leads: Sequence[Lead]) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        for lead in leads:
            started = time.perf_counter()
            step.act(lead)
            times.append(_MICRO * (time.perf_counter() - started))
    return times


def _unchanged(model: ScoringModel, leads: Sequence[Lead], later: timedelta) -> int:
    def vector(lead: Lead, moment: datetime) -> bytes:
        return model.rows([lead], moment).tobytes()

    return sum(vector(lead, NOW) == vector(lead, NOW + later) for lead in leads)


def _say(line: str) -> None:
    print(line)  # noqa: T201  this is a command for people


if __name__ == "__main__":
    sys.exit(main())
