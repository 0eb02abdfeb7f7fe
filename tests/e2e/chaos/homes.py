"""What a server needs to start: a database with an active version, and the version's files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path

from core.adapters.admission import admit_in_child
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import LOCAL_CALLER
from core.registry.model_registry import ModelRegistry
from core.version import LEAD_SCORE
from tests.e2e.chaos.postgres_processes import PostgresProcesses
from tests.parts.fitted import database_url, model_dir, small_version
from tests.parts.postgres import find_binaries, running_postgres

_TEMPLATE = "chaos_template"


@dataclass(frozen=True, slots=True)
class Home:
    """A place for one server."""

    folder: Path
    database_url: str
    models: Path

    @property
    def settings(self) -> dict[str, object]:
        return {"database_url": self.database_url, "model_dir": self.models}


@dataclass
class Bench:
    """What scenarios share: versions fitted once, PostgreSQL started when it is first asked for."""

    folder: Path
    _stack: ExitStack = field(default_factory=ExitStack)
    _numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    def new_folder(self) -> Path:
        """Return an empty folder."""
        made = self.folder / f"scenario-{self._numbers()}"
        made.mkdir()
        return made

    def sqlite_home(self, folder: Path | None = None) -> Home:
        """Return a home on SQLite with one version, which is active."""
        folder = folder or self.new_folder()
        shutil.copytree(self._prepared, folder, dirs_exist_ok=True)
        return Home(folder, database_url(folder), model_dir(folder))

    def postgres_home(self) -> Home:
        """Return a home on PostgreSQL, reached by its Unix socket."""
        folder = self.new_folder()
        shutil.copytree(model_dir(self._prepared), model_dir(folder))
        url = self.postgres.server.create_database(folder.name.replace("-", "_"), self._template)
        return Home(folder, url, model_dir(folder))

    @cached_property
    def postgres(self) -> PostgresProcesses:
        binaries = find_binaries()
        if binaries is None:
            raise RuntimeError("no PostgreSQL here")
        server = self._stack.enter_context(running_postgres(binaries))
        return self._stack.enter_context(PostgresProcesses(server))

    @cached_property
    def _template(self) -> str:
        url = self.postgres.server.create_database(_TEMPLATE)
        _fill(url, model_dir(self.folder / "spare"))
        return _TEMPLATE

    @cached_property
    def _prepared(self) -> Path:
        home = self.folder / "prepared"
        home.mkdir()
        _fill(database_url(home), model_dir(home))
        return home

    def close(self) -> None:
        """End what was started."""
        self._stack.close()


def _fill(url: str, models: Path) -> None:
    database = open_database(url)
    try:
        database.migrate()
        registry = ModelRegistry(SqlRegistryStore(database, _now), FolderArtifacts(models), admit_in_child, _now)
        registry.register(LOCAL_CALLER, "register", small_version(0).files, "chaos")
        name = small_version(0).name
        registry.activate(LOCAL_CALLER, "activate", LEAD_SCORE, name, expected="", reason="chaos")
    finally:
        database.close()


def _now() -> datetime:
    return datetime.now(UTC)
