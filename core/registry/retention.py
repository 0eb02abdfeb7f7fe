"""Which versions a prune keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InvalidInput
from core.identifiers import VersionName
from core.registry.manifest import manifest_to_json
from core.version import ModelVersion, VersionState

DEFAULT_KEEP_COUNT = 5
"""Versions kept when the caller does not say."""
MAX_KEEP_COUNT = 1_000
"""Most versions a caller may ask to keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunePlan:
    """What a prune removes, or would. Both lists are newest first."""

    pruned: tuple[VersionName, ...]
    kept: tuple[VersionName, ...]
    reclaimed_bytes: int
    """Size of the files nobody else uses."""


def keep_limit(keep_count: int) -> int:
    """Return how many of the newest versions to keep; 0 means 5.

    Raises:
        InvalidInput: If ``keep_count`` is negative or above 1000.
    """
    if not 0 <= keep_count <= MAX_KEEP_COUNT:
        raise InvalidInput.of("keep_count", f"must be between 0 and {MAX_KEEP_COUNT:,}")
    return keep_count or DEFAULT_KEEP_COUNT


def plan_prune(
    versions: Sequence[ModelVersion],
    *,
    protected: Collection[VersionName],
    keep_count: int,
    users: Mapping[str, int],
) -> PrunePlan:
    """Decide what to remove: everything but the protected and the ``keep_count`` newest versions.

    Args:
        versions: Every version of the kind, newest first; retired ones are passed over.
        protected: Names that stay whatever their age: the active, the previous and the shadow version, and those
            under test. They do not use up ``keep_count``.
        keep_count: How many of the newest other versions stay, >= 1.
        users: For each digest, how many versions that are not retired have it, those of other tenants included.

    Returns:
        The plan. Two tenants may have the same files: bytes count only where the last user goes.
    """
    standing = [version for version in versions if version.state is not VersionState.RETIRED]
    spare = [version for version in standing if version.manifest.version not in protected]
    pruned = spare[keep_count:]
    gone = {version.manifest.version for version in pruned}
    leaving = Counter(version.digest for version in pruned)
    unused = {version.digest: version for version in pruned if leaving[version.digest] >= users[version.digest]}
    return PrunePlan(
        pruned=tuple(version.manifest.version for version in pruned),
        kept=tuple(v.manifest.version for v in standing if v.manifest.version not in gone),
        reclaimed_bytes=sum(folder_size(version) for version in unused.values()),
    )


def folder_size(version: ModelVersion) -> int:
    """Return the bytes of all files of a version, its manifest included."""
    return len(manifest_to_json(version.manifest)) + sum(file.size_bytes for file in version.manifest.files)
