"""Tries a version's files out in a throw-away process before they are let in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta

from core.errors import ArtifactRefused
from core.recommend.artifact import read_model
from core.registry.manifest import parse_manifest
from core.scoring.online.snapshot import read_snapshot
from core.version import MANIFEST_FILE, MODEL_FILE, ONLINE_CORRECTION, RECOMMENDATION

TIME_LIMIT = timedelta(seconds=20)
_CHILD = (sys.executable, "-m", "core.adapters.admission_check")


def admit(files: Mapping[str, bytes]) -> None:
    """Let a version in by the rules of its kind: models are tried out; what is only numbers is read.

    A snapshot of the online learner and a recommender hold no program, and need no more memory than their files have
    bytes; a recommender must also score its golden histories as it did when it was fitted.

    Args:
        files: Name to content, already checked against the manifest.

    Raises:
        ArtifactRefused: If it must not serve.
    """
    kind = parse_manifest(files[MANIFEST_FILE]).kind
    if kind == ONLINE_CORRECTION:
        read_snapshot(files)
    elif kind == RECOMMENDATION:
        read_model(files)
    else:
        # Graphs: of leads' models and of heads.
        admit_in_child(files)


def admit_in_child(files: Mapping[str, bytes]) -> None:
    """Load, check and run a version in a child with limits of memory and time.

    A hundred bytes of ONNX can allocate gigabytes while it is loaded, or loop for ever; here they take a child with
    them and nothing else.

    Args:
        files: Name to content, already checked against the manifest.

    Raises:
        ArtifactRefused: If the child refuses, dies, or does not end in time.
    """
    names = list(files)
    header = json.dumps([[name, len(files[name])] for name in names]).encode()
    message = len(header).to_bytes(8, "big") + header + b"".join(files[name] for name in names)
    try:
        ended = subprocess.run(  # noqa: S603  our own interpreter and module
            _CHILD, input=message, capture_output=True, timeout=TIME_LIMIT.total_seconds(), check=False
        )
    except subprocess.TimeoutExpired as late:
        raise ArtifactRefused(MODEL_FILE, f"did not load within {TIME_LIMIT.seconds} s") from late
    if ended.returncode == 0:
        return
    try:
        verdict = json.loads(ended.stdout)
        file, problem = str(verdict["file"]), str(verdict["problem"])
    except (ValueError, KeyError, TypeError) as broken:
        raise ArtifactRefused(MODEL_FILE, f"ended the trial process (status {ended.returncode})") from broken
    raise ArtifactRefused(file, problem)
