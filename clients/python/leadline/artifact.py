"""Reads the folder of a model version for upload."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from leadline.errors import InvalidRequest, Violation
from leadline.v1 import model_pb2

MAX_ARTIFACT_BYTES: Final = 64 * 1024 * 1024
_MANIFEST: Final = "manifest.json"


def read_artifact(folder: Path) -> list[model_pb2.ArtifactFile]:
    """Return the files of a folder, by name. Hidden files are left out.

    Raises:
        InvalidRequest: If it is no folder, has no manifest or is above 64 MiB; names what is wrong.
    """
    paths = sorted(_files(folder))
    if folder / _MANIFEST not in paths:
        raise _refusal(folder, f"must hold {_MANIFEST}")
    try:
        if sum(path.stat().st_size for path in paths) > MAX_ARTIFACT_BYTES:
            raise _refusal(folder, "must be at most 64 MiB in all")
        contents = [(path.name, path.read_bytes()) for path in paths]
    except OSError as problem:
        raise _refusal(folder, f"must be readable: {problem.strerror}") from problem
    return [model_pb2.ArtifactFile(name=name, content=content, size_bytes=len(content)) for name, content in contents]


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    except OSError as problem:
        raise _refusal(folder, f"must be a readable folder: {problem.strerror}") from problem


def _refusal(folder: Path, rule: str) -> InvalidRequest:
    return InvalidRequest.of([Violation(field=str(folder), rule=rule)])
