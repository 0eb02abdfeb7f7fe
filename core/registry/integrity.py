"""Whether the files of a version are the files its manifest lists."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from core.errors import ArtifactRefused
from core.version import MANIFEST_FILE, FileDigest, Manifest, required_files


def verify_files(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Check every file against the manifest.

    Args:
        manifest: What the version says about itself.
        files: Name to content, ``manifest.json`` among them or not.

    Raises:
        ArtifactRefused: If a file is missing, of another size or content, or not listed, or if the manifest
            lists a file twice or lacks one that every version of its kind needs.
    """
    listed = {file.name: file for file in manifest.files}
    if len(listed) != len(manifest.files):
        raise ArtifactRefused(MANIFEST_FILE, "lists a file twice")
    if MANIFEST_FILE in listed:
        raise ArtifactRefused(MANIFEST_FILE, "must not list itself")
    for name in required_files(manifest.kind):
        if name not in listed:
            raise ArtifactRefused(name, "is not listed in the manifest")
    for name in sorted(files.keys() - listed.keys() - {MANIFEST_FILE}):
        raise ArtifactRefused(name[:100], "is not listed in the manifest")
    for file in manifest.files:
        _verify(file, files.get(file.name))


def _verify(file: FileDigest, content: bytes | None) -> None:
    if content is None:
        raise ArtifactRefused(file.name, "is missing")
    if len(content) != file.size_bytes:
        raise ArtifactRefused(file.name, f"has {len(content):,} bytes instead of {file.size_bytes:,}")
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ArtifactRefused(file.name, "does not have the SHA-256 the manifest says")
