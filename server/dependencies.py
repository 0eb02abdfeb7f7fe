"""What GetStatus says of the parts that this server needs and does not own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from core.adapters.sql.database import Database
from core.adapters.sql.failures import STORE
from core.adapters.write_behind import WriteBehind
from core.conversation.heads.breakers import ENCODER, HEADS
from core.errors import LeadlineError
from core.identifiers import TenantId
from core.ports import Prediction
from core.resilience.breaker import BreakerState
from core.resilience.patience import tightened
from core.scoring.model_runs import ML
from server.domain import Domain

if TYPE_CHECKING:
    from core.adapters.redis_cache import RedisCache

STATUS_PATIENCE = timedelta(seconds=0.6)
"""Longest wait of GetStatus for a sign of life of the database."""


def dependency_checks(database: Database, store_detail: str, domain: Domain) -> dict[str, Callable[[], str]]:
    """Return what tries each dependency: it returns what there is to say, or raises a LeadlineError.

    Args:
        database: The store.
        store_detail: What to say of it while it works.
        domain: Has the others.
    """
    checks = {
        STORE: lambda: _check_store(database, store_detail),
        "prediction_log": lambda: _check_log(domain.prediction_log),
        ML: lambda: "onnxruntime",
    }
    redis = domain.copies.redis
    if redis is not None:
        checks[redis.breaker.name] = lambda: _check_redis(redis)
    return checks


def _check_store(database: Database, detail: str) -> str:
    with tightened(STATUS_PATIENCE):
        database.check()
    return detail


def _check_log(log: WriteBehind[Prediction]) -> str:
    if log.problem:
        raise LeadlineError(log.problem)
    return "writing"


def _check_redis(redis: RedisCache) -> str:
    redis.check()
    return "second level of the cache"


def breaker_states(database: Database, domain: Domain) -> dict[str, Callable[[TenantId], BreakerState]]:
    """Return the states of the circuit breakers, as far as they concern a tenant."""
    states: dict[str, Callable[[TenantId], BreakerState]] = {
        STORE: lambda _: database.breaker.state,
        ML: domain.runner.state,
        HEADS: domain.heads.reader.breakers.state,
        ENCODER: lambda _: domain.heads.reader.breakers.encoder.state,
    }
    redis = domain.copies.redis
    if redis is not None:
        states[redis.breaker.name] = lambda _: redis.breaker.state
    return states
