"""Model versions for tests that serve: really fitted, small, made once a test run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import LOCAL_CALLER
from core.features.fitting import FeatureOptions
from core.identifiers import VersionName
from core.lead import Lead, LeadOutcome, StoredLead
from core.registry.manifest import content_digest, manifest_digest, manifest_to_json, parse_manifest, version_name
from core.registry.model_registry import ModelRegistry
from core.scoring.loading import load_model
from core.scoring.model import ScoringModel
from core.version import MANIFEST_FILE, FileDigest, ModelVersion, VersionState
from training.booster import BoosterParameters
from training.fit import FitOptions, fit_version
from training.from_store import table_from_store
from training.pipeline import Recipe
from training.sample import generate_leads

Files = Mapping[str, bytes]
FITTED_TIMES = (datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 2, 12, tzinfo=UTC))
LEAD_COUNT = 1_000
"""Enough that either version is surely better than the base rate."""
TREES = (30, 60)
DEPTHS = (3, 5)


@dataclass(frozen=True)
class SmallVersion:
    """A version as its files, with the leads it learned from."""

    files: Files
    leads: tuple[tuple[Lead, LeadOutcome], ...]

    @property
    def name(self) -> str:
        return parse_manifest(self.files[MANIFEST_FILE]).version

    @property
    def digest(self) -> str:
        return manifest_digest(self.files[MANIFEST_FILE])


@cache
def small_version(number: int) -> SmallVersion:
    """Return version 0 or 1: other leads, other trees, other scores."""
    leads = tuple(generate_leads(LEAD_COUNT, seed=1))
    table = table_from_store((_stored(lead, outcome) for lead, outcome in leads), min_samples=100)
    features = FeatureOptions(
        keywords=read_keywords(),
        title_terms=30,
        description_terms=30,
        numeric_attributes=table.numeric_attributes,
        categorical_attributes=table.categorical_attributes,
    )
    booster = BoosterParameters(n_estimators=TREES[number], max_depth=DEPTHS[number])
    fitted = fit_version(
        table,
        Recipe(features=features, booster=booster),
        FitOptions(),
        make_predictor=OnnxPredictor,
        clock=lambda: FITTED_TIMES[number],
    )
    return SmallVersion(files=fitted.files, leads=leads)


def with_files(files: Files, changes: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files with some replaced and a manifest that is right about them."""
    changed = {**files, **changes}
    content = {name: data for name, data in changed.items() if name != MANIFEST_FILE}
    digests = tuple(
        FileDigest(name=name, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        for name, data in sorted(content.items())
    )
    manifest = parse_manifest(files[MANIFEST_FILE])
    name = VersionName(version_name(manifest.create_time, content_digest(digests)))
    return {**content, MANIFEST_FILE: manifest_to_json(replace(manifest, version=name, files=digests))}


@contextmanager
def open_registry(home: Path, admits: Callable[[Files], None] = admit) -> Iterator[ModelRegistry]:
    """Give the registry of a home, as another process would open it.

    Args:
        home: Where it is.
        admits: Tries versions out; in a process of its own unless told otherwise.
    """
    database = open_database(database_url(home))
    yield ModelRegistry(SqlRegistryStore(database, _now), FolderArtifacts(model_dir(home)), admits, _now)
    database.close()


def offline_model(files: Files) -> ScoringModel:
    """Return a version loaded without any server."""
    content = files[MANIFEST_FILE]
    version = ModelVersion(
        manifest=parse_manifest(content),
        digest=manifest_digest(content),
        state=VersionState.REGISTERED,
        created_by="test",
        create_time=FITTED_TIMES[0],
    )
    return load_model(version, files, OnnxPredictor)


def make_home(home: Path) -> None:
    """Make a database with the current schema, and both versions registered, none active."""
    database = open_database(database_url(home))
    database.migrate()
    database.close()
    with open_registry(home) as registry:
        for number in range(2):
            registry.register(LOCAL_CALLER, f"register-{number}", small_version(number).files, "for the tests")


def database_url(home: Path) -> str:
    return f"sqlite:///{home}/leadline.db"


def model_dir(home: Path) -> Path:
    return home / "models"


def _now() -> datetime:
    return datetime.now(UTC)


def _stored(lead: Lead, outcome: LeadOutcome) -> StoredLead:
    recorded = lead.posted_time or FITTED_TIMES[0]
    return StoredLead(lead=lead, outcome=outcome, create_time=recorded, update_time=recorded, revision=1)
