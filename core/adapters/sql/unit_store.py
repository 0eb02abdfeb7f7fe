"""What became of units, in SQL: brought up to date and summed up in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update

from core.adapters.sql.database import Database
from core.adapters.sql.experiment_json import canonical, look_json, look_of
from core.adapters.sql.experiment_locks import lock_units
from core.adapters.sql.experiment_rows import read_allocations, read_experiment
from core.adapters.sql.tables import experiment_exposures, experiment_looks, experiment_progress, experiment_units
from core.adapters.sql.unit_changes import all_units, changed_units, missing_units
from core.adapters.sql.unit_evidence import read_evidence
from core.adapters.sql.unit_tallies import sum_up
from core.adapters.sql.upsert import insert_for
from core.errors import NotFound
from core.experiments.experiment import StoredExperiment
from core.experiments.experiment_store import UnitEvidence
from core.experiments.results import Look
from core.experiments.tally import VariantTally
from core.experiments.unit_outcome import UnitOutcome
from core.identifiers import TenantId

_units, _shown, _looks, _progress = (
    experiment_units.c,
    experiment_exposures.c,
    experiment_looks.c,
    experiment_progress.c,
)
_KEY = ("tenant", "experiment", "unit_id")


class SqlUnitStore:
    """Keeps what became of units. Implements :class:`core.experiments.experiment_store.UnitStore`.

    Args:
        database: Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def session(self, tenant: TenantId, experiment: str) -> Iterator[SqlUnitSession]:
        """Begin a refresh; waits for another one of the same experiment. Commits when the block ends.

        Raises:
            NotFound: If the tenant has no such experiment.
            DependencyDown: If the database does not work, or another refresh takes longer than a lock is waited for.
        """
        with self._database.write(tenant) as connection:
            lock_units(connection, tenant, experiment)
            mine = (_progress.tenant == tenant, _progress.experiment == experiment)
            row = connection.execute(select(experiment_progress).where(*mine)).one_or_none()
            if row is None:
                raise NotFound("experiment", experiment)
            yield SqlUnitSession(connection, tenant, experiment, row)


class SqlUnitSession:
    """One refresh. Implements :class:`core.experiments.experiment_store.UnitSession`.

    Args:
        connection: In a writing transaction that holds the lock of the units.
        tenant: Whose.
        experiment: Name of the experiment.
        progress: Its row of ``experiment_progress``.
    """

    def __init__(self, connection: Connection, tenant: TenantId, experiment: str, progress: Row[Any]) -> None:
        self._connection = connection
        self._tenant = tenant
        self._experiment = experiment
        self._removals: int = progress.removals
        self._least: Mapping[str, float] = json.loads(progress.always_valid)
        is_whole = progress.removals == progress.seen_removals
        self.refreshed_until: datetime | None = progress.refreshed_until if is_whole else None
        self.deadline: datetime | None = progress.deadline

    def experiment(self) -> StoredExperiment:
        """Return the experiment as it is while the session lasts."""
        return read_experiment(self._connection, self._tenant, self._experiment)

    def shares(self) -> Mapping[str, float]:
        """Return the shares of its variants by the newest allocation."""
        return read_allocations(self._connection, self._tenant, self._experiment)[-1].shares

    def changed(self, since: datetime | None) -> Iterator[Sequence[UnitEvidence]]:
        """Yield, in parts, the units of which anything was recorded since a moment; all of them for None.

        None forgets what was kept of units first.
        """
        connection, tenant, experiment = self._connection, self._tenant, self._experiment
        if since is None:
            connection.execute(delete(experiment_units).where(*self._mine(experiment_units.c)))
            parts = all_units(connection, tenant, experiment)
        else:
            parts = changed_units(connection, tenant, experiment, since)
        yield from self._evidence(parts)

    def missing(self) -> Iterator[Sequence[UnitEvidence]]:
        """Yield, in parts, the exposed units of which nothing is kept."""
        yield from self._evidence(missing_units(self._connection, self._tenant, self._experiment))

    def write(self, outcomes: Sequence[UnitOutcome]) -> None:
        """Keep what became of units, in place of what was kept."""
        if not outcomes:
            return
        statement = insert_for(self._connection, experiment_units)
        new = {column.name: statement.excluded[column.name] for column in _units if column.name not in _KEY}
        upsert = statement.on_conflict_do_update(index_elements=_KEY, set_=new)
        self._connection.execute(upsert, [self._row(outcome) for outcome in outcomes])

    def tallies(self, *, exposed_before: datetime | None = None) -> Mapping[str, VariantTally]:
        """Return the sums by variant, testers left out; only over units exposed before a moment if one is given."""
        of = self._mine(_units)
        if exposed_before is not None:
            of = (*of, _units.exposure_time < exposed_before)
        return sum_up(self._connection, of, read_allocations(self._connection, self._tenant, self._experiment))

    def crossed_units(self) -> int:
        """Return how many units, testers left out, were in two arms."""
        analysed = (*self._mine(_shown), _shown.is_override.is_(False))
        several = select(_shown.unit_id).where(*analysed).group_by(_shown.unit_id).having(func.count() > 1)
        return self._connection.scalar(select(func.count()).select_from(several.subquery())) or 0

    def similar_units(self) -> int:
        """Return how many units differ from another one in case, spaces or width only."""
        spellings = func.count(_shown.unit_id.distinct())
        alike = select(spellings.label("units")).where(*self._mine(_shown)).group_by(_shown.folded_unit)
        several = alike.having(spellings > 1).subquery()
        return int(self._connection.scalar(select(func.coalesce(func.sum(several.c.units), 0))) or 0)

    def exposed_between(self, first: datetime, last: datetime) -> int:
        """Return how many units, testers left out, were first exposed in [first, last)."""
        within = (_units.exposure_time >= first, _units.exposure_time < last)
        return self._connection.scalar(select(func.count()).where(*self._analysed(), *within)) or 0

    def first_exposure_time(self) -> datetime | None:
        """Return when the first unit was exposed, testers left out."""
        query = select(_units.exposure_time).where(*self._analysed()).order_by(_units.exposure_time).limit(1)
        return self._connection.scalar(query)

    def looks(self) -> Sequence[Look]:
        """Return the looks taken, oldest first."""
        bodies = select(_looks.body).where(*self._mine(_looks)).order_by(_looks.number, _looks.treatment)
        return [look_of(body) for body in self._connection.scalars(bodies)]

    def add_looks(self, looks: Sequence[Look]) -> None:
        """Keep looks of one number; what was seen at a look before stays."""
        rows = [
            {
                "tenant": self._tenant,
                "experiment": self._experiment,
                "number": look.number,
                "treatment": look.treatment,
                "body": look_json(look),
                "look_time": look.look_time,
            }
            for look in looks
        ]
        if rows:
            self._connection.execute(insert_for(self._connection, experiment_looks).on_conflict_do_nothing(), rows)

    def least_p_values(self) -> Mapping[str, float]:
        """Return the smallest always-valid p-value so far, by ``treatment/metric``."""
        return self._least

    def finish(self, until: datetime, least_p_values: Mapping[str, float]) -> None:
        """Say up to when all is known now."""
        known = {
            "refreshed_until": until,
            "deadline": self.deadline,
            "seen_removals": self._removals,
            "always_valid": canonical(dict(least_p_values)),
        }
        self._connection.execute(update(experiment_progress).where(*self._mine(_progress)).values(known))

    def _evidence(self, parts: Iterator[Sequence[str]]) -> Iterator[Sequence[UnitEvidence]]:
        for part in parts:
            yield read_evidence(self._connection, self._tenant, self._experiment, part)

    def _mine(self, columns: Any) -> tuple[ColumnElement[bool], ...]:
        return columns.tenant == self._tenant, columns.experiment == self._experiment

    def _analysed(self) -> tuple[ColumnElement[bool], ...]:
        return (*self._mine(_units), _units.is_override.is_(False))

    def _row(self, outcome: UnitOutcome) -> dict[str, Any]:
        return {
            "tenant": self._tenant,
            "experiment": self._experiment,
            "unit_id": outcome.unit_id,
            "variant": outcome.variant,
            "propensity": outcome.propensity,
            "is_override": outcome.is_override,
            "allocation": outcome.allocation,
            "exposure_time": outcome.exposure_time,
            "lead_count": outcome.lead_count,
            "converted_leads": outcome.converted_leads,
            "converted": int(outcome.converted),
            "contact_success": int(outcome.contact_success),
            "converted_early": int(outcome.converted_early),
            "fallback_answers": outcome.fallback_answers,
            "conversion_value": outcome.conversion_value,
            "score_sum": outcome.score_sum,
            "score_count": outcome.score_count,
            "baseline_score": outcome.baseline_score,
        }
