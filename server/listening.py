"""The port: options, credentials, and the refusal to share it by chance."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc

from core.errors import InvalidInput
from server.interceptors.limits import LARGEST
from server.settings import ServerSettings

_METADATA_BYTES = 8 * 1024
_STREAMS_PER_CONNECTION = 100
_ONLY_IDENTITY = 1
"""Bit set of the compressions that a caller may use: none. Few bytes inflate to many, up to the largest limit of all
methods and before that of the called one is looked at."""
_PING_AFTER = timedelta(seconds=60)
_PING_ANSWERED_WITHIN = timedelta(seconds=20)
"""A caller that vanished without a word is found after both: its streams hold threads."""
_LEAST_BETWEEN_PINGS = timedelta(seconds=10)
_LONGEST_STREAM = timedelta(hours=1)
"""How long calls may go on over a connection that is too old for new ones."""
_MILLISECOND = timedelta(milliseconds=1)
_TURN_SECONDS = 0.001
"""How long a thread keeps the interpreter while others want it. A Score needs it several times: with Python's 5 ms it
took three times as long beside batches, and none of the two was faster for it."""


def listen(
    settings: ServerSettings,
    interceptors: Sequence[grpc.ServerInterceptor],
    threads: ThreadPoolExecutor,
    *,
    shared_port: int | None = None,
    credentials: grpc.ServerCredentials | None = None,
) -> tuple[grpc.Server, int]:
    """Return a server that is bound to its port and not started yet, and the port.

    Args:
        settings: Host, port, age of connections.
        interceptors: Around every call, outermost first.
        threads: For calls whose handler names no others.
        shared_port: A port that the parent of this process holds for all of its children. None: a port of its own,
            not shared, because a forgotten old server would silently take half of the calls.
        credentials: For TLS; None: plain text.

    Raises:
        InvalidInput: If the port is taken.
    """
    sys.setswitchinterval(_TURN_SECONDS)
    options = channel_options(settings.connection_age, shared=shared_port is not None)
    server = grpc.server(threads, interceptors=list(interceptors), options=options)
    wanted = settings.port if shared_port is None else shared_port
    address = f"{settings.host}:{wanted}"
    try:
        port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    except RuntimeError as taken:
        raise InvalidInput.of("LEADLINE_PORT", f"must be free: {wanted} is in use") from taken
    return server, port


def channel_options(connection_age: timedelta, *, shared: bool) -> list[tuple[str, int]]:
    """Return the limits of the port.

    Args:
        connection_age: A connection older than that is asked to come again; the library adds up to a tenth, so that
            not all of them come at once.
        shared: Whether other processes listen on the same port.
    """
    return [
        ("grpc.so_reuseport", int(shared)),
        ("grpc.max_receive_message_length", LARGEST + 1024),
        ("grpc.max_send_message_length", LARGEST),
        ("grpc.max_metadata_size", _METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", _METADATA_BYTES),
        ("grpc.compression_enabled_algorithms_bitset", _ONLY_IDENTITY),
        ("grpc.max_concurrent_streams", _STREAMS_PER_CONNECTION),
        ("grpc.keepalive_time_ms", _PING_AFTER // _MILLISECOND),
        ("grpc.keepalive_timeout_ms", _PING_ANSWERED_WITHIN // _MILLISECOND),
        ("grpc.http2.min_ping_interval_without_data_ms", _LEAST_BETWEEN_PINGS // _MILLISECOND),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.max_connection_age_ms", connection_age // _MILLISECOND),
        ("grpc.max_connection_age_grace_ms", _LONGEST_STREAM // _MILLISECOND),
    ]
