"""Two small versions that were really fitted, loaded; made once for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_store import SqlLeadStore
from core.errors import NotFound
from core.identifiers import TenantId
from core.registry.manifest import manifest_digest, parse_manifest
from core.scoring.model import ScoringModel
from core.version import MANIFEST_FILE, ActivePointer, ModelVersion, VersionState
from tests.parts.clock import SetClock
from tests.parts.fitted import offline_model, small_version

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@cache
def _model(number: int) -> ScoringModel:
    return offline_model(small_version(number).files)


@pytest.fixture(scope="session")
def model() -> Callable[[int], ScoringModel]:
    return _model


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/leadline.db")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def lead_store(database: Database, clock: SetClock) -> SqlLeadStore:
    return SqlLeadStore(database, clock)


def row_of(files: Mapping[str, bytes]) -> ModelVersion:
    content = files[MANIFEST_FILE]
    return ModelVersion(
        manifest=parse_manifest(content),
        digest=manifest_digest(content),
        state=VersionState.REGISTERED,
        created_by="test",
        create_time=NOW,
    )


@dataclass
class Shelf:
    """Versions by name and one pointer per tenant: what ServedModels needs of a registry, in memory."""

    files: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    pointers: dict[TenantId, ActivePointer] = field(default_factory=dict)
    loads: list[str] = field(default_factory=list)

    def add(self, files: Mapping[str, bytes], name: str = "") -> str:
        name = name or parse_manifest(files[MANIFEST_FILE]).version
        self.files[name] = files
        return name

    def point(self, tenant: TenantId, name: str) -> None:
        before = self.pointers.get(tenant)
        self.pointers[tenant] = ActivePointer(
            version=name,
            digest="d",
            previous=before.version if before else None,
            revision=before.revision + 1 if before else 1,
        )

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        return self.pointers.get(tenant)

    def load(self, tenant: TenantId, kind: str, version: str) -> tuple[ModelVersion, Mapping[str, bytes]]:
        self.loads.append(version)
        if version not in self.files:
            raise NotFound("model_version", version)
        return row_of(self.files[version]), self.files[version]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()
