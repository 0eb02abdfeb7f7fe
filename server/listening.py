"""The port: options, credentials, and the refusal to share it by chance."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc

from core.errors import InvalidInput
from server.interceptors.limits import LARGEST
from server.settings import ServerSettings

_METADATA_BYTES = 8 * 1024
_STREAMS_PER_CONNECTION = 100


def listen(
    settings: ServerSettings, interceptors: Sequence[grpc.ServerInterceptor], *, shared_port: int | None = None
) -> tuple[grpc.Server, int]:
    """Return a server that is bound to its port and not started yet, and the port.

    Args:
        settings: Host and port, threads.
        interceptors: Around every call, outermost first.
        shared_port: A port that the parent of this process holds for all of its children. None: a port of its own,
            not shared, because a forgotten old server would silently take half of the calls.

    Raises:
        InvalidInput: If the port is taken.
    """
    options = [
        ("grpc.so_reuseport", 0 if shared_port is None else 1),
        ("grpc.max_receive_message_length", LARGEST + 1024),
        ("grpc.max_send_message_length", LARGEST),
        ("grpc.max_metadata_size", _METADATA_BYTES),
        ("grpc.max_concurrent_streams", _STREAMS_PER_CONNECTION),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
    pool = ThreadPoolExecutor(settings.max_workers, thread_name_prefix="call")
    server = grpc.server(pool, interceptors=list(interceptors), options=options)
    wanted = settings.port if shared_port is None else shared_port
    try:
        port = server.add_insecure_port(f"{settings.host}:{wanted}")
    except RuntimeError as taken:
        raise InvalidInput.of("LEADLINE_PORT", f"must be free: {wanted} is in use") from taken
    return server, port
