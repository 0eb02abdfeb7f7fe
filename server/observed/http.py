"""The figures and the state of the server over HTTP, on a port of their own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from core.errors import InvalidInput

_TEXT = "text/plain; charset=utf-8"
_LONGEST_SECONDS = 5.0
"""For a request from its first byte to the last one of its answer."""
_MOST_AT_ONCE = 8
"""Requests under way; more are hung up on. Who asks slowly must not use up what the server is made of."""


class HttpEndpoint:
    """Answers ``/metrics``, ``/healthz`` (this process lives) and ``/readyz`` (calls are taken), and nothing else.

    Args:
        host: Address to listen on, an IPv6 one with or without brackets.
        port: 0 picks a free one.
        registry: What ``/metrics`` shows.
        is_ready: Whether calls are taken.

    Raises:
        InvalidInput: If the port is taken.
    """

    def __init__(self, host: str, port: int, registry: CollectorRegistry, is_ready: Callable[[], bool]) -> None:
        try:
            self._server = _Server(host.strip("[]"), port, registry, is_ready)
        except OSError as taken:
            raise InvalidInput.of("LEADLINE_METRICS_PORT", f"must be free: {port} is in use") from taken
        self._thread = threading.Thread(target=self._server.serve_forever, name="http", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 64
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, registry: CollectorRegistry, is_ready: Callable[[], bool]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.registry = registry
        self.is_ready = is_ready
        self._under_way: dict[socket.socket, float] = {}
        """To when each must be over, on the monotonic clock."""
        self._lock = threading.Lock()
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, if there are not too many."""
        with self._lock:
            is_full = len(self._under_way) >= _MOST_AT_ONCE
            if not is_full:
                self._under_way[request] = time.monotonic() + _LONGEST_SECONDS
        if is_full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Hang up."""
        with self._lock:
            self._under_way.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Cut off what takes too long; comes by twice a second."""
        now = time.monotonic()
        with self._lock:
            for request in [request for request, ends in self._under_way.items() if now >= ends]:
                # Not closed here: its thread does, which this wakes up.
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who asked went away."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _LONGEST_SECONDS
    server: _Server

    def do_GET(self) -> None:
        """Answer."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            encode, kind = choose_encoder(self.headers.get("Accept", ""))
            self._answer(HTTPStatus.OK, kind, encode(self.server.registry))
        elif path == "/healthz":
            self._answer(HTTPStatus.OK, _TEXT, b"alive\n")
        elif path == "/readyz":
            ready = self.server.is_ready()
            status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
            self._answer(status, _TEXT, b"ready\n" if ready else b"not ready\n")
        else:
            self._answer(HTTPStatus.NOT_FOUND, _TEXT, b"/metrics, /healthz or /readyz\n")

    def version_string(self) -> str:
        """Return the name of the server, without versions."""
        return "leadline"

    def log_message(self, *_: Any) -> None:
        """Log nothing: probes come every few seconds."""

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
