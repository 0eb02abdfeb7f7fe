"""A snapshot of the online learner as an immutable version in the registry: a manifest and the state as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from core.errors import ArtifactRefused
from core.identifiers import VersionName
from core.registry.fields import Problem
from core.registry.integrity import verify_files
from core.registry.manifest import content_digest, manifest_to_json, parse_manifest, version_name
from core.scoring.online.state import MOST_BYTES, OnlineState, state_from_json, state_to_json
from core.version import MANIFEST_FILE, ONLINE_CORRECTION, ONLINE_FILE, FileDigest, Manifest, Metric

WEIGHTS = 2
"""Of the correction: bias and slope."""


def snapshot_files(state: OnlineState, update_time: datetime, *, base: Manifest, code_version: str) -> dict[str, bytes]:
    """Return the files of a snapshot. The same state and time give the same files.

    Args:
        state: Of the learner.
        update_time: When it learned last.
        base: Manifest of the version it corrects.
        code_version: Of this software.
    """
    content = state_to_json(state).encode("ascii")
    files = (FileDigest(name=ONLINE_FILE, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content)),)
    manifest = Manifest(
        kind=ONLINE_CORRECTION,
        version=VersionName(version_name(update_time, content_digest(files))),
        feature_set_hash=base.feature_set_hash,
        feature_count=WEIGHTS,
        training_sample_count=state.update_count,
        base_rate=base.base_rate,
        training_start_time=None,
        training_end_time=state.newest_score_time,
        data_fingerprint="",
        code_version=code_version,
        threshold=base.threshold,
        metrics=_metrics(state),
        parameters={
            "sequence": state.sequence,
            "proven": state.proven,
            "bias": state.filter.weights.bias,
            "slope": state.filter.weights.slope,
            "e_value_log": state.better.log_wealth,
        },
        parents=(state.version,),
        create_time=update_time,
        files=files,
    )
    return {ONLINE_FILE: content, MANIFEST_FILE: manifest_to_json(manifest)}


def _metrics(state: OnlineState) -> tuple[Metric, ...]:
    loss, version_loss = state.mean_loss, state.mean_version_loss
    if loss is None or version_loss is None:
        return ()
    return (
        Metric(name="log_loss", value=loss, sample_count=state.update_count),
        Metric(name="version_log_loss", value=version_loss, sample_count=state.update_count),
    )


def read_snapshot(files: Mapping[str, bytes]) -> OnlineState:
    """Return the state in the files of a snapshot; nothing in them is run.

    Raises:
        ArtifactRefused: If a file is not listed or not what the manifest says, or the state is damaged or does not
            belong to the manifest.
    """
    if MANIFEST_FILE not in files:
        raise ArtifactRefused(MANIFEST_FILE, "is missing")
    manifest = parse_manifest(files[MANIFEST_FILE])
    if manifest.kind != ONLINE_CORRECTION:
        raise ArtifactRefused(MANIFEST_FILE, f"is not of the kind {ONLINE_CORRECTION}")
    verify_files(manifest, files)
    if files.keys() != {MANIFEST_FILE, ONLINE_FILE}:
        raise ArtifactRefused(MANIFEST_FILE, f"must list {ONLINE_FILE} and nothing else")
    state = _state(files[ONLINE_FILE])
    if manifest.parents != (state.version,):
        raise ArtifactRefused(ONLINE_FILE, "corrects another version than the manifest's parent")
    return state


def _state(content: bytes) -> OnlineState:
    if len(content) > MOST_BYTES:
        raise ArtifactRefused(ONLINE_FILE, f"is larger than {MOST_BYTES:,} bytes")
    try:
        return state_from_json(content.decode("ascii"))
    except UnicodeDecodeError as wrong:
        raise ArtifactRefused(ONLINE_FILE, "is not ASCII") from wrong
    except Problem as wrong:
        raise ArtifactRefused(ONLINE_FILE, str(wrong)) from wrong
