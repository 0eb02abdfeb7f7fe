"""What GetStatus says of the parts that this server can do without for a while."""

from __future__ import annotations

from collections.abc import Callable

from core.adapters.sql.database import Database
from core.adapters.sql.failures import STORE
from core.identifiers import TenantId
from core.resilience.breaker import BreakerState
from core.scoring.model_runs import ML, ModelRunner
from server.outage_copies import OutageCopies

CACHE = "cache"


def serving_checks(copies: OutageCopies) -> dict[str, Callable[[], str]]:
    """Return what tries the models, and the cache where it has a second level."""
    checks: dict[str, Callable[[], str]] = {ML: lambda: "onnxruntime"}
    redis = copies.redis
    if redis is not None:

        def check_redis() -> str:
            redis.check()
            return redis.breaker.name

        checks[CACHE] = check_redis
    return checks


def breaker_states(
    database: Database, runner: ModelRunner, copies: OutageCopies
) -> dict[str, Callable[[TenantId], BreakerState]]:
    """Return the states of the circuit breakers, as far as they concern a tenant."""
    states: dict[str, Callable[[TenantId], BreakerState]] = {STORE: lambda _: database.breaker.state, ML: runner.state}
    redis = copies.redis
    if redis is not None:
        states[CACHE] = lambda _: redis.breaker.state
    return states
