"""Profiles of versions, read from the registry."""

from __future__ import annotations

from core.errors import ArtifactRefused
from core.features.declaration import Feature, FeatureGroup
from core.identifiers import TenantId
from core.monitoring.profile import VersionProfile
from core.monitoring.reference import check_reference, reference_from_arrays
from core.registry.model_registry import ModelRegistry
from core.scoring.arrays import arrays_from_bytes
from core.scoring.loading import read_feature_set
from core.version import REFERENCE_FILE, VECTORIZER_FILE

_MOVES_ON = "hours"
"""Unit of features of time that do not follow the clock: an age."""
MOST_KEPT = 100
"""Profiles kept in memory; a version never changes."""


class RegistryProfiles:
    """Reads profiles. Implements :class:`core.monitoring.profile.VersionProfiles`.

    Args:
        registry: Versions and their files.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry
        self._kept: dict[str, VersionProfile] = {}

    def active(self, tenant: TenantId, kind: str) -> VersionProfile | None:
        """Return the profile of the version that serves, or None if none does.

        Raises:
            ArtifactRefused: If its files are not what was registered.
            NotFound: If its files are gone.
        """
        pointer = self._registry.active(tenant, kind)
        if pointer is None:
            return None
        found = self._kept.get(pointer.digest)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[pointer.digest] = self._read(tenant, kind, pointer.version)
        return found

    def _read(self, tenant: TenantId, kind: str, version: str) -> VersionProfile:
        row, files = self._registry.load(tenant, kind, version)
        features = read_feature_set(files[VECTORIZER_FILE]).features
        arrays = arrays_from_bytes(REFERENCE_FILE, files[REFERENCE_FILE])
        problem = check_reference(arrays, len(features))
        if problem is not None:
            raise ArtifactRefused(REFERENCE_FILE, problem)
        return VersionProfile(
            kind=kind,
            version=version,
            names=tuple(feature.name for feature in features),
            groups=tuple(feature.reason for feature in features),
            calendar=tuple(map(_is_of_calendar, features)),
            reference=reference_from_arrays(arrays),
            threshold=row.manifest.threshold,
        )


def _is_of_calendar(feature: Feature) -> bool:
    return feature.group is FeatureGroup.TIME and feature.unit != _MOVES_ON
