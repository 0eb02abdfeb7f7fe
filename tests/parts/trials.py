"""Experiments, exposures and what is said of their leads, for tests of the stores."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core.adapters.sql.database import Database
from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import Caller
from core.experiments.experiment import Experiment, StoredExperiment, Variant
from core.experiments.exposure import Exposure, LinkedLead
from core.identifiers import LeadId, TenantId, VersionName
from core.ports import Clock
from tests.parts.feedback_rows import DAY_0
from tests.parts.versions import CREATE_TIME, make_version

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")
VERSIONS = tuple(make_version(seed, create_time=CREATE_TIME + timedelta(days=seed)) for seed in range(3))
NAMES: tuple[VersionName, ...] = tuple(version.manifest.version for version in VERSIONS)


def experiment(name: str = "test", **changes: Any) -> Experiment:
    """Return half and half of the first two versions, from the first day on, or what ``changes`` say."""
    set_so = {"variants": halves(), "start_time": DAY_0, **changes}
    return Experiment(name=name, **set_so)


def halves() -> tuple[Variant, ...]:
    """Return a control and a treatment with half of the units each."""
    return (
        Variant(name="control", model_version=NAMES[0], share=0.5, is_control=True),
        Variant(name="treatment", model_version=NAMES[1], share=0.5),
    )


def register(database: Database, clock: Clock, *callers: Caller) -> SqlRegistryStore:
    """Register the versions for each caller's tenant."""
    registry = SqlRegistryStore(database, clock)
    for caller in callers:
        for version in VERSIONS:
            registry.register(caller, f"register-{version.digest}", version, "for the tests")
    return registry


def stored_experiment(database: Database, clock: Clock, name: str = "test", **changes: Any) -> StoredExperiment:
    """Register the versions and create an experiment of ACME's."""
    register(database, clock, ACME)
    return SqlExperimentStore(database, clock).create(ACME, f"create-{name}", experiment(name, **changes))


def exposure(unit_id: str = "u", variant: str = "control", *, at: datetime = DAY_0, **fields: Any) -> Exposure:
    """Return the exposure of a unit that had an even chance."""
    told = {
        "experiment": "test",
        "propensity": 0.5,
        "is_override": False,
        "allocation": 0,
        "baseline_score": None,
        **fields,
    }
    return Exposure(unit_id=unit_id, variant=variant, exposure_time=at, **told)


def linked(lead_id: str, score: float | None = 50.0, source: str = "model") -> LinkedLead:
    """Return a lead that was shown with a score."""
    return LinkedLead(lead_id=LeadId(lead_id), score=score, source=source)
