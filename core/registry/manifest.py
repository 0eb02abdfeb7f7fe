"""The manifest as canonical JSON: one text for one manifest, and nothing else is accepted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime

from core.errors import ArtifactRefused
from core.registry.fields import FieldReader, Problem
from core.version import MANIFEST_FILE, FileDigest, Manifest, Metric

MAX_MANIFEST_BYTES = 1_048_576
"""A manifest is a few kilobytes; a megabyte is somebody's mistake."""


def manifest_to_json(manifest: Manifest) -> bytes:
    """Return the canonical JSON of a manifest: ASCII, sorted keys, no spaces.

    Times are ISO 8601 in UTC with microseconds. :func:`parse_manifest` is its inverse.

    Raises:
        ArtifactRefused: If a number in it is NaN or infinite.
    """
    content = {
        "base_rate": manifest.base_rate,
        "code_version": manifest.code_version,
        "create_time": _time_text(manifest.create_time),
        "data_fingerprint": manifest.data_fingerprint,
        "feature_count": manifest.feature_count,
        "feature_set_hash": manifest.feature_set_hash,
        "files": [_row(file) for file in manifest.files],
        "kind": manifest.kind,
        "metrics": [_row(metric) for metric in manifest.metrics],
        "parameters": dict(manifest.parameters),
        "parents": list(manifest.parents),
        "threshold": manifest.threshold,
        "training_end_time": _time_text(manifest.training_end_time),
        "training_sample_count": manifest.training_sample_count,
        "training_start_time": _time_text(manifest.training_start_time),
        "version": manifest.version,
    }
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise ArtifactRefused(MANIFEST_FILE, "every number must be finite") from error
    return text.encode("ascii")


def parse_manifest(content: bytes) -> Manifest:
    """Return the manifest that ``content`` is the canonical JSON of.

    Raises:
        ArtifactRefused: If a field is missing, unknown, of the wrong type or out of range, or if the
            text is not canonical.
    """
    if len(content) > MAX_MANIFEST_BYTES:
        raise ArtifactRefused(MANIFEST_FILE, f"is larger than {MAX_MANIFEST_BYTES:,} bytes")
    try:
        manifest = _manifest(json.loads(content, parse_constant=_refuse_constant))
    except Problem as error:
        raise ArtifactRefused(MANIFEST_FILE, str(error)) from error
    except (ValueError, RecursionError) as error:
        raise ArtifactRefused(MANIFEST_FILE, "is not JSON") from error
    # Doubled keys, other orders, other spellings of a number: whatever does not come back is not ours.
    if manifest_to_json(manifest) != content:
        raise ArtifactRefused(MANIFEST_FILE, "is not canonical JSON")
    return manifest


def manifest_digest(content: bytes) -> str:
    """Return the SHA-256 of a manifest's bytes, 64 hexadecimal digits: the digest of its version."""
    return hashlib.sha256(content).hexdigest()


def content_digest(files: Iterable[FileDigest]) -> str:
    """Return one SHA-256 over the digests of the files, whatever their order, 64 hexadecimal digits.

    The manifest is not among them: it holds the version's name, which is made from this digest.
    """
    lines = sorted(f"{file.sha256} {file.size_bytes} {file.name}\n" for file in files)
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def version_name(create_time: datetime, digest: str) -> str:
    """Return the name of a version, for example ``v20260101_120000_1a2b3c4d``.

    Args:
        create_time: Aware.
        digest: :func:`content_digest` of its files.
    """
    return f"v{create_time.astimezone(UTC):%Y%m%d_%H%M%S}_{digest[:8]}"


def _manifest(content: object) -> Manifest:
    reader = FieldReader(content, "manifest", {field.name for field in fields(Manifest)})
    return Manifest(
        kind=reader.identifier("kind"),
        version=reader.version("version"),
        feature_set_hash=reader.text("feature_set_hash"),
        feature_count=reader.count("feature_count"),
        training_sample_count=reader.count("training_sample_count"),
        base_rate=reader.share("base_rate"),
        training_start_time=reader.optional_time("training_start_time"),
        training_end_time=reader.optional_time("training_end_time"),
        data_fingerprint=reader.text("data_fingerprint"),
        code_version=reader.text("code_version"),
        threshold=reader.share("threshold"),
        metrics=tuple(_metric(row, i) for i, row in enumerate(reader.rows("metrics"))),
        parameters=reader.parameters("parameters"),
        parents=reader.versions("parents"),
        create_time=reader.time("create_time"),
        files=tuple(_file(row, i) for i, row in enumerate(reader.rows("files"))),
    )


def _metric(content: object, index: int) -> Metric:
    reader = FieldReader(content, f"metrics[{index}]", {field.name for field in fields(Metric)})
    return Metric(
        name=reader.text("name"),
        value=reader.number("value"),
        lower=reader.optional_number("lower"),
        upper=reader.optional_number("upper"),
        level=reader.optional_number("level"),
        sample_count=reader.count("sample_count"),
    )


def _file(content: object, index: int) -> FileDigest:
    reader = FieldReader(content, f"files[{index}]", {field.name for field in fields(FileDigest)})
    return FileDigest(
        name=reader.file_name("name"),
        sha256=reader.sha256("sha256"),
        size_bytes=reader.count("size_bytes"),
    )


def _row(value: Metric | FileDigest) -> dict[str, object]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _time_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def _refuse_constant(name: str) -> float:
    raise Problem(f"every number must be finite, but one is {name}")
