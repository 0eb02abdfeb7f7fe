"""How the server is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from leadline.score import ScoreSource


class ServingState(Enum):
    """Whether a server takes calls."""

    SERVING = "serving"
    DRAINING = "draining"
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyStatus:
    """One thing the server needs."""

    name: str
    available: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """One kind of model as the server serves it."""

    kind: str
    version: str
    """``rules`` or ``baseline`` where no model serves."""
    source: ScoreSource
    load_time: datetime | None
    problem: str
    """Why a newer active version is not served, empty when all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTarget:
    """One promise of the server."""

    name: str
    target: float
    """The most it should be."""
    current: float | None
    """None before the first call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of one server process."""

    server_version: str
    start_time: datetime | None
    state: ServingState
    dependencies: tuple[DependencyStatus, ...]
    models: tuple[ServedModel, ...]
    targets: tuple[ServiceTarget, ...]
