"""PostgreSQL with bounds on everything a call may wait for."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from core.adapters.host_addresses import HostAddresses
from core.errors import InvalidInput

if TYPE_CHECKING:
    from core.adapters.sql.bounded_connection import BoundedConnection

STATEMENT_MILLISECONDS = 5_000
"""Longest run of one statement."""
LOCK_MILLISECONDS = 2_000
"""Longest wait for a lock."""
IDLE_MILLISECONDS = 60_000
"""The server ends a transaction whose client did nothing for so long."""

_SETTINGS = {
    "statement_timeout": f"{STATEMENT_MILLISECONDS}ms",
    "lock_timeout": f"{LOCK_MILLISECONDS}ms",
    "idle_in_transaction_session_timeout": f"{IDLE_MILLISECONDS}ms",
    "TimeZone": "UTC",
    # An OK on a write means it is on disk, whatever the server's own default.
    "synchronous_commit": "on",
}
ALIVE_SECONDS = 0.05
"""A connection that came back so lately needs no ping, which under load is much of what a write waits for."""
_ALIVE_AT = "leadline_alive_at"
"""When a connection last gave a sign of life, on the monotonic clock."""
_SILENT = "leadline_silent"


def postgresql_engine(url: URL, *, pool_size: int, pool_wait_seconds: float) -> Engine:
    """Return an engine that connects with psycopg.

    Args:
        url: Names a server and a database.
        pool_size: Most connections at once.
        pool_wait_seconds: Longest wait for one of them.

    Raises:
        InvalidInput: If psycopg is not installed.
    """
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_wait_seconds,
            connect_args={"application_name": "leadline"},
        )
    except ModuleNotFoundError as error:
        raise InvalidInput.of(
            "store_url", "must be a SQLite file while leadline-backend[postgres] is missing"
        ) from error
    addresses = HostAddresses()
    event.listen(engine, "do_connect", lambda _dialect, entry, _, options: _connect(addresses, entry, options))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "checkout", _check_alive)
    event.listen(engine, "checkin", _note_alive)
    event.listen(engine, "handle_error", _keep_the_others)
    return engine


def _connect(addresses: HostAddresses, entry: ConnectionPoolEntry, options: dict[str, Any]) -> BoundedConnection:
    # Nothing of psycopg is loaded while the database is a file.
    from core.adapters.sql.bounded_connection import BoundedConnection, NoAnswer  # noqa: PLC0415

    was_silent = _notes(entry).pop(_SILENT, False)
    try:
        return BoundedConnection.connect(**{**options, **_hosts(addresses, options)})
    except NoAnswer as late:
        late.is_outage |= was_silent
        raise


def _hosts(addresses: HostAddresses, options: dict[str, Any]) -> dict[str, Any]:
    """Return host, hostaddr and port with an entry for every address; empty where there is nothing to look up."""
    import psycopg  # noqa: PLC0415  as above

    from core.adapters.sql.bounded_connection import CONNECT_SECONDS, patience_within  # noqa: PLC0415  as above

    hosts = str(options.get("host") or "").split(",")
    if "hostaddr" in options or any(not host or host.startswith(("/", "@")) for host in hosts):
        return {}
    ports = _each(str(options.get("port") or ""), len(hosts))
    found: list[tuple[str, str, str]] = []
    problem: OSError | None = None
    for host, port in zip(hosts, ports, strict=True):
        try:
            known = addresses.of(host, timedelta(seconds=patience_within(CONNECT_SECONDS)))
        except OSError as failed:
            problem = failed
            continue
        found += [(host, address, port) for address in known]
    if not found:
        raise psycopg.OperationalError("the host has no address") from problem
    names, numbers, doors = (",".join(column) for column in zip(*found, strict=True))
    return {"host": names, "hostaddr": numbers, **({"port": doors} if any(ports) else {})}


def _each(ports: str, count: int) -> Sequence[str]:
    given = ports.split(",")
    return given if len(given) == count else given[:1] * count


def _prepare(connection: BoundedConnection, entry: ConnectionPoolEntry) -> None:
    # By statement, not in the start-up packet: connection poolers in between refuse options there.
    with connection.cursor() as cursor:
        for name, value in _SETTINGS.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.commit()
    entry.info[_ALIVE_AT] = math.inf


def _check_alive(connection: BoundedConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Replace a connection that gives no sign of life: otherwise the first calls after a restart would fail."""
    import psycopg  # noqa: PLC0415  as above

    rested = time.monotonic() - entry.info.pop(_ALIVE_AT, -math.inf)
    try:
        if rested < ALIVE_SECONDS:
            connection.check_open()
            return
        connection.ping()
    except psycopg.Error as failed:
        is_outage = getattr(failed, "is_outage", True)
        # A new connection that gets no answer either is an outage then, however little time the call has left.
        _notes(entry)[_SILENT] = is_outage
        raise (InvalidatePoolError if is_outage else DisconnectionError)("no sign of life") from failed


def _note_alive(connection: BoundedConnection | None, entry: ConnectionPoolEntry) -> None:
    if connection is not None:
        entry.info[_ALIVE_AT] = time.monotonic()


def _notes(entry: ConnectionPoolEntry) -> dict[Any, Any]:
    """Return what is remembered of a place in the pool, from one connection to the next."""
    return {} if entry.record_info is None else entry.record_info


def _keep_the_others(context: ExceptionContext) -> None:
    """Let go of one connection only, where a call had no time to wait for the answer."""
    if not getattr(context.original_exception, "is_outage", True):
        context.invalidate_pool_on_disconnect = False
