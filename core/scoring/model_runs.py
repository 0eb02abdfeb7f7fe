"""Runs a model over leads behind a circuit breaker: one that fails again and again is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from typing import NamedTuple

from core import deadline
from core.errors import DeadlineSpent, DependencyDown
from core.features.behavior import BehaviorValues
from core.features.declaration import Row
from core.identifiers import TenantId
from core.lead import Lead
from core.resilience.breaker import BreakerState, CircuitBreaker, OnChange, tell_nobody
from core.scoring.model import ScoredRow, ScoringModel
from core.scoring.result import Contribution

ML = "ml"
"""Name of the dependency in metrics and status."""
FAILURES = 5
REST = timedelta(seconds=30)
MOST_BREAKERS = 256
_GRAVITY = (BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN)
OnFailure = Callable[[TenantId, str, BaseException], object]
"""Told the tenant, the version and the exception, whose text may hold anything."""


class Told(NamedTuple):
    """What a model is told of a lead's behaviour."""

    values: BehaviorValues | None
    """By name; None: not known, or not the caller's to know."""
    is_unknown: bool = False
    """Whether it could not be looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """What a model says of one lead."""

    row: Row
    scored: ScoredRow
    base_points: float
    other_points: float
    contributions: tuple[Contribution, ...]
    importance: Mapping[str, float]
    seconds: float = 0.0
    """What features and graph took; of a batch each lead's part."""
    told: Told | None = None
    """What the model was told of the lead's behaviour; None if it does not look at it."""


class ModelFailed(DependencyDown):
    """A model that was loaded and checked failed while it ran."""

    def __init__(self) -> None:
        super().__init__(ML)


def _ignore(_tenant: TenantId, _version: str, _failure: BaseException) -> None:
    """Tell nobody."""


class ModelRunner:
    """Runs models, each version of each tenant behind a breaker of its own: one tenant's trouble is not another's.

    Args:
        failures: Runs in a row that must fail before a version is left alone.
        rest: For how long.
        timer: Monotonic seconds.
        on_change: Told when the gravest state of all breakers changes, under the name "ml".
        on_failure: Told of every failed run.
    """

    def __init__(
        self,
        failures: int = FAILURES,
        rest: timedelta = REST,
        timer: Callable[[], float] = time.monotonic,
        *,
        on_change: OnChange = tell_nobody,
        on_failure: OnFailure = _ignore,
    ) -> None:
        self._failures = failures
        self._rest = rest
        self._timer = timer
        self._on_change = on_change
        self._on_failure = on_failure
        self._breakers: OrderedDict[tuple[TenantId, str], CircuitBreaker] = OrderedDict()
        self._lock = threading.Lock()
        self._told = BreakerState.CLOSED

    def run(  # noqa: PLR0917  one run, all of its parts
        self,
        tenant: TenantId,
        model: ScoringModel,
        leads: Sequence[Lead],
        limit: int,
        moment: datetime,
        told: Sequence[Told] | None = None,
    ) -> list[ModelRun]:
        """Score leads and name up to ``limit`` reasons for each.

        Args:
            tenant: Whose they are.
            model: What scores them.
            leads: The leads.
            limit: How many reasons to name, 0 for none.
            moment: When they are judged.
            told: What each did up to then, for a model that looks at it.

        Raises:
            DependencyDown: If the model fails, or failed too often.
            DeadlineSpent: If the deadline of the call passed in between.
        """
        if not leads:
            return []
        version = model.version.manifest.version
        with self._breaker(tenant, version).guard(), self._failing(tenant, version):
            begun = time.perf_counter()
            rows = model.rows(leads, moment, None if told is None else [one.values for one in told])
            scored = model.score(rows)
            seconds = (time.perf_counter() - begun) / len(leads)
            parts = zip(leads, rows, scored, repeat(None, len(leads)) if told is None else told, strict=True)
            return [_explained(model, *one, limit, seconds) for one in parts]

    def state(self, tenant: TenantId) -> BreakerState:
        """Return the gravest state of the breakers of a tenant's versions."""
        return _gravest(breaker for (whose, _), breaker in list(self._breakers.items()) if whose == tenant)

    def _breaker(self, tenant: TenantId, version: str) -> CircuitBreaker:
        breaker = self._breakers.get((tenant, version))
        return breaker or self._new_breaker(tenant, version)

    def _new_breaker(self, tenant: TenantId, version: str) -> CircuitBreaker:
        new = CircuitBreaker(ML, self._failures, self._rest, self._timer, on_change=self._changed)
        with self._lock:
            breaker = self._breakers.setdefault((tenant, version), new)
            while len(self._breakers) > MOST_BREAKERS:
                self._breakers.popitem(last=False)
            return breaker

    def _changed(self, _name: str, _state: BreakerState) -> None:
        worst = _gravest(list(self._breakers.values()))
        if worst is not self._told:
            self._told = worst
            self._on_change(ML, worst)

    @contextmanager
    def _failing(self, tenant: TenantId, version: str) -> Iterator[None]:
        try:
            yield
        except DeadlineSpent:
            raise
        except Exception as failure:
            self._on_failure(tenant, version, failure)
            raise ModelFailed from failure


def _gravest(breakers: Iterator[CircuitBreaker] | list[CircuitBreaker]) -> BreakerState:
    return max((breaker.state for breaker in breakers), key=_GRAVITY.index, default=BreakerState.CLOSED)


def _explained(  # noqa: PLR0917  one lead, all of its parts
    model: ScoringModel, lead: Lead, row: Row, scored: ScoredRow, told: Told | None, limit: int, seconds: float
) -> ModelRun:
    deadline.check()
    if not limit:
        base = 100.0 * model.base.probability
        other = 100.0 * scored.probability - base
        return ModelRun(
            row=row,
            scored=scored,
            base_points=base,
            other_points=other,
            contributions=(),
            importance={},
            seconds=seconds,
            told=told,
        )
    explanation, contributions = model.explain(lead, row, scored, limit, None if told is None else told.values)
    return ModelRun(
        row=row,
        scored=scored,
        base_points=explanation.base_points,
        other_points=explanation.other_points,
        contributions=contributions,
        importance=explanation.importance,
        seconds=seconds,
        told=told,
    )
