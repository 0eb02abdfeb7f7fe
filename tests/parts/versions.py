"""Model versions for tests: right in form and digest, with files no runtime could load."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from core.identifiers import VersionName
from core.registry.manifest import content_digest, manifest_digest, manifest_to_json, version_name
from core.version import (
    LEAD_SCORE,
    MANIFEST_FILE,
    REQUIRED_FILES,
    FileDigest,
    Manifest,
    Metric,
    ModelVersion,
    VersionState,
)

CREATE_TIME = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


def make_manifest(seed: int = 0, *, kind: str = LEAD_SCORE, create_time: datetime = CREATE_TIME) -> Manifest:
    files = tuple(
        FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for name, content in make_contents(seed).items()
    )
    return Manifest(
        kind=kind,
        version=version_name(create_time, content_digest(files)),
        feature_set_hash="f" * 64,
        feature_count=336,
        training_sample_count=7_000,
        base_rate=0.38,
        training_start_time=datetime(2025, 1, 1, tzinfo=UTC),
        training_end_time=None,
        data_fingerprint="d" * 64,
        code_version="0.1.0",
        threshold=0.5,
        metrics=(
            Metric(name="auc", value=0.91, lower=0.89, upper=0.93, level=0.95, sample_count=1_848),
            Metric(name="f1", value=0.8, sample_count=1_848),
        ),
        parameters={"max_depth": 6, "learning_rate": 0.1, "calibration": "isotonic", "shuffled": True},
        parents=(VersionName("v20251231_120000_00000000"),),
        create_time=create_time,
        files=files,
    )


def make_contents(seed: int = 0) -> dict[str, bytes]:
    return {name: f"{name} of {seed}".encode() for name in REQUIRED_FILES}


def make_files(seed: int = 0, *, kind: str = LEAD_SCORE, create_time: datetime = CREATE_TIME) -> dict[str, bytes]:
    manifest = make_manifest(seed, kind=kind, create_time=create_time)
    return {MANIFEST_FILE: manifest_to_json(manifest), **make_contents(seed)}


def make_version(seed: int = 0, *, kind: str = LEAD_SCORE, create_time: datetime = CREATE_TIME) -> ModelVersion:
    manifest = make_manifest(seed, kind=kind, create_time=create_time)
    return ModelVersion(
        manifest=manifest,
        digest=manifest_digest(manifest_to_json(manifest)),
        state=VersionState.REGISTERED,
        created_by="alice",
        create_time=create_time,
    )


def with_other_files(version: ModelVersion) -> ModelVersion:
    """Return a version of the same name whose manifest, and so its digest, differs."""
    manifest = replace(version.manifest, code_version="0.2.0")
    return replace(version, manifest=manifest, digest=manifest_digest(manifest_to_json(manifest)))
