"""What monitoring needs to know of a version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.identifiers import TenantId
from core.monitoring.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionProfile:
    """The features of a version, and what they looked like in training."""

    kind: str
    version: str
    names: Sequence[str]
    """(f,)."""
    groups: Sequence[str]
    """(f,): readable name of the group of each feature."""
    calendar: Sequence[bool]
    """(f,): whether a feature follows the clock or the week, so that only whole weeks can be compared."""
    reference: Reference
    threshold: float
    """A lead counts as positive at ``probability >= threshold``."""


class VersionProfiles(Protocol):
    """Describes versions."""

    def active(self, tenant: TenantId, kind: str) -> VersionProfile | None:
        """Return the profile of the version that serves, or None if none does.

        Raises:
            ArtifactRefused: If its files are not what was registered.
            NotFound: If its files are gone.
        """
