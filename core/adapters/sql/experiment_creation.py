"""Adds an experiment: its name, its versions and its place in the layer are checked and taken in one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, or_, select

from core.adapters.sql.active_pointer import read_version
from core.adapters.sql.audit_log import append_audit
from core.adapters.sql.experiment_locks import lock_experiments
from core.adapters.sql.experiment_rows import allocation_row, experiment_row, folded_name
from core.adapters.sql.locks import lock_name
from core.adapters.sql.tables import experiment_allocations, experiment_progress, experiments
from core.caller import Caller
from core.errors import AlreadyExists, WrongState
from core.experiments.experiment import Experiment, StoredExperiment
from core.experiments.experiment_store import Allocation
from core.experiments.layers import first_free, segments_for
from core.identifiers import TenantId
from core.version import VersionState

SERVICE = "ExperimentService"
_columns = experiments.c


def add_experiment(connection: Connection, caller: Caller, experiment: Experiment, now: datetime) -> str:
    """Add an experiment with its first allocation, audit it, and return its name.

    Args:
        connection: In a writing transaction.
        caller: Who adds it.
        experiment: What to add.
        now: The present moment.

    Raises:
        AlreadyExists: If the name is taken, also in another case.
        NotFound: If the tenant has no such version of a variant.
        WrongState: VERSION_RETIRED if a version is retired; LAYER_FULL if the layer has too few free segments.
    """
    tenant, name = caller.tenant, experiment.name
    # The registry's own lock first: a version that is looked at here is not retired before this is committed.
    lock_name(connection, "registry", tenant, experiment.model_kind)
    lock_experiments(connection, tenant)
    _check_name(connection, tenant, name)
    for variant in experiment.variants:
        version = read_version(connection, tenant, experiment.model_kind, variant.model_version)
        if version.state is VersionState.RETIRED:
            message = f"the files of version {variant.model_version!r} were removed"
            raise WrongState("VERSION_RETIRED", message, version=variant.model_version)
    start, end = _segments(connection, tenant, experiment, now)
    stored = StoredExperiment(
        experiment=experiment, segment_start=start, segment_end=end, create_time=now, created_by=caller.actor
    )
    connection.execute(insert(experiments).values(experiment_row(tenant, stored)))
    shares = {variant.name: variant.share for variant in experiment.variants}
    as_set = Allocation(number=0, shares=shares, start_time=experiment.start_time)
    connection.execute(insert(experiment_allocations).values(allocation_row(tenant, name, as_set)))
    nothing = {"tenant": tenant, "experiment": name, "removals": 0, "seen_removals": 0, "always_valid": "{}"}
    connection.execute(insert(experiment_progress).values(nothing))
    action = f"{SERVICE}/CreateExperiment"
    append_audit(connection, caller, action=action, target=name, reason=experiment.description, now=now)
    return name


def _check_name(connection: Connection, tenant: TenantId, name: str) -> None:
    taken = select(_columns.name).where(_columns.tenant == tenant, _columns.folded_name == folded_name(name))
    present = connection.scalar(taken)
    if present == name:
        raise AlreadyExists("experiment", name, "is there already; a new one needs a new name")
    if present is not None:
        raise AlreadyExists("experiment", name, f"differs from {present!r} in case only")


def _segments(connection: Connection, tenant: TenantId, experiment: Experiment, now: datetime) -> tuple[int, int]:
    """Return (start, end) of the first free segments of the layer; what is over takes none."""
    count = segments_for(experiment.traffic_share)
    if not experiment.layer:
        return 0, count
    query = select(_columns.segment_start, _columns.segment_end).where(
        _columns.tenant == tenant,
        _columns.layer == experiment.layer,
        _columns.stop_time.is_(None),
        or_(_columns.end_time.is_(None), _columns.end_time > now),
    )
    taken = [(row.segment_start, row.segment_end) for row in connection.execute(query)]
    start = first_free(taken, count)
    if start is None:
        message = f"layer {experiment.layer!r} has no {count:,} free segments of 10,000 in a row"
        raise WrongState("LAYER_FULL", message, layer=experiment.layer, segments=str(count))
    return start, start + count
