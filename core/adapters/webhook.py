"""Sends signed messages to webhooks, and to nothing else that a name may lead to."""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from core.adapters.host_addresses import HostAddresses
from core.adapters.public_addresses import is_loopback, is_public
from core.monitoring.alert_delivery import DeliveryFailed
from core.monitoring.webhook_settings import LOOPBACK_HOSTS, WebhookSettings

LOOK_UP_TIME = timedelta(seconds=2)
STEP_SECONDS = 3.0
"""Longest wait for one step: connecting, a part of the answer."""
WHOLE_SECONDS = 10.0
"""Longest time for everything after the look-up."""
MOST_BODY = 256 * 1024
_MOST_ANSWER = 4096
_OK, _REDIRECT, _ERROR = 200, 300, 400
_PORTS = {"http": 80, "https": 443}
SIGNATURE_HEADER = "Leadline-Signature"
DELIVERY_HEADER = "Leadline-Delivery"
EVENT_HEADER = "Leadline-Event"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of the signature header: ``t=<seconds>,v1=<hexadecimal HMAC-SHA256 of "seconds.body">``."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


class WebhookSender:
    """Posts to the webhooks that an operator set. Implements :class:`core.monitoring.alert_delivery.Sender`.

    A host must be on the operator's list; its name is looked up once, every address it has must be public, and the
    connection goes to one of those very addresses: a name that means something else a moment later changes nothing.
    Redirects are failures.

    Args:
        settings: Targets, secret, hosts.
        addresses: Looks names up.
        context: For TLS; None: the system's authorities.
        clock: Seconds since 1970, for the signature.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        addresses: HostAddresses | None = None,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._addresses = addresses or HostAddresses()
        self._context = context
        self._clock = clock

    def send(self, target: str, delivery_id: str, event: str, body: bytes) -> None:
        """Post a JSON body.

        Args:
            target: Name of a webhook.
            delivery_id: The same for every try.
            event: What it tells of, for example ``alert.opened``.
            body: At most 256 KiB.

        Raises:
            DeliveryFailed: If it did not arrive for sure, with why; the text holds nothing of the URL but its host.
        """
        url = self._settings.targets.get(target)
        if url is None:
            raise DeliveryFailed("no webhook has this name", is_final=True)
        if len(body) > MOST_BODY:
            raise DeliveryFailed("the message is too long", is_final=True)
        parts = urlsplit(url)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "leadline",
            DELIVERY_HEADER: delivery_id,
            EVENT_HEADER: event,
            SIGNATURE_HEADER: signature(self._settings.secret, int(self._clock()), body),
        }
        try:
            status = self._post(parts, headers, body)
        except (OSError, HTTPException) as problem:
            raise DeliveryFailed(f"{parts.hostname}: {type(problem).__name__}") from problem
        if _REDIRECT <= status < _ERROR:
            raise DeliveryFailed(f"{parts.hostname}: redirects are not followed")
        if not _OK <= status < _REDIRECT:
            raise DeliveryFailed(f"{parts.hostname}: answered {status}")

    def _post(self, parts: SplitResult, headers: Mapping[str, str], body: bytes) -> int:
        host = parts.hostname or ""
        port = parts.port or _PORTS[parts.scheme]
        connected = _connect(self._checked_addresses(host), port)
        with connected, _bounded(connected) as spent:
            stream = self._secured(connected, host) if parts.scheme == "https" else connected
            with stream:
                connection = HTTPConnection(host, port, timeout=STEP_SECONDS)
                connection.auto_open = 0  # never to an address nobody checked
                connection.sock = stream
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("POST", path, body=body, headers=dict(headers))
                answer = connection.getresponse()
                answer.read(_MOST_ANSWER)
                # An answer that was cut off looks like a short one.
                if spent.is_set():
                    raise TimeoutError
                return answer.status

    def _checked_addresses(self, host: str) -> Sequence[str]:
        """Return the addresses of a host once all of them are known to be allowed."""
        found = self._addresses.of(host, LOOK_UP_TIME)
        if self._settings.allow_loopback and host in LOOPBACK_HOSTS:
            allowed = is_loopback
        elif host in self._settings.hosts:
            allowed = is_public
        else:
            raise DeliveryFailed(f"{host}: not on the list of hosts", is_final=True)
        if not found or not all(map(allowed, found)):
            raise DeliveryFailed(f"{host}: leads to an address that is not public")
        return found

    def _secured(self, connected: socket.socket, host: str) -> ssl.SSLSocket:
        context = self._context or ssl.create_default_context()
        return context.wrap_socket(connected, server_hostname=host)


def _connect(addresses: Sequence[str], port: int) -> socket.socket:
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout=STEP_SECONDS)
    return socket.create_connection((addresses[-1], port), timeout=STEP_SECONDS)


@contextmanager
def _bounded(connected: socket.socket) -> Iterator[threading.Event]:
    """End the connection after a while: somebody who sends a byte now and then never exceeds a step's time.

    Yields:
        An event that is set once the time is over.
    """
    spent = threading.Event()
    # A TLS wrapper takes the descriptor away from ``connected``: a duplicate reaches the same connection.
    same = connected.dup()

    def end() -> None:
        spent.set()
        with suppress(OSError):
            same.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield spent
    finally:
        timer.cancel()
        same.close()
