"""Over real sockets: a receiver of our own, with and without TLS."""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.adapters import webhook
from core.adapters.host_addresses import HostAddresses
from core.adapters.public_addresses import is_public
from core.adapters.webhook import WebhookSender
from core.monitoring.alert_delivery import DeliveryFailed
from core.monitoring.webhook_settings import WebhookSettings
from tests.parts.certificates import Authority

SECRET = "k" * 40
BODY = b'{"alert":1}'


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.server.answer(self)

    def log_message(self, *_):
        pass


def answer(status, **headers):
    def write(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    return write


OK = answer(200)


@contextmanager
def receiving(respond=OK, context=None) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    server.seen, server.answer = [], respond
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def local(url, **kwargs):
    settings = WebhookSettings(targets={"ops": url}, secret=SECRET, allow_loopback=True)
    return WebhookSender(settings, clock=lambda: 1_700_000_000.9, **kwargs)


def send(sender):
    sender.send("ops", "delivery-1", "alert.opened", BODY)


def test_what_arrives_is_signed():
    with receiving() as server:
        send(local(f"http://127.0.0.1:{server.server_port}/hook?key=1"))
    ((path, headers, body),) = server.seen
    mac = hmac.new(SECRET.encode(), b"1700000000." + body, hashlib.sha256).hexdigest()
    assert (path, body) == ("/hook?key=1", BODY)
    assert headers["Leadline-Signature"] == f"t=1700000000,v1={mac}"
    assert headers["Leadline-Delivery"] == "delivery-1"
    assert headers["Leadline-Event"] == "alert.opened"


def test_over_tls_the_name_must_be_the_certificates(tmp_path):
    authority = Authority()
    certificate, key = authority.issue_pem("receiver", dns=["localhost"])
    (tmp_path / "chain.pem").write_bytes(certificate + key)
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(tmp_path / "chain.pem")
    trusted = ssl.create_default_context(cadata=authority.pem.decode())
    with receiving(context=server_context) as server:
        send(local(f"https://localhost:{server.server_port}/", context=trusted))
        assert len(server.seen) == 1
        with pytest.raises(DeliveryFailed, match="SSLCertVerificationError"):
            send(local(f"https://127.0.0.1:{server.server_port}/", context=trusted))
        with pytest.raises(DeliveryFailed, match="SSLCertVerificationError"):
            send(local(f"https://localhost:{server.server_port}/"))
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_failures(status):
    with receiving() as other, receiving(answer(status, Location=f"http://127.0.0.1:{other.server_port}/")) as server:
        with pytest.raises(DeliveryFailed, match="redirects"):
            send(local(f"http://127.0.0.1:{server.server_port}/"))
        assert (len(server.seen), other.seen) == (1, [])


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
def test_other_answers_are_failures(status):
    with receiving(answer(status)) as server, pytest.raises(DeliveryFailed, match=f"answered {status}"):
        send(local(f"http://127.0.0.1:{server.server_port}/"))


def test_somebody_who_drips_is_cut_off(monkeypatch):
    monkeypatch.setattr(webhook, "WHOLE_SECONDS", 0.4)

    def drip(handler):
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
            for _ in range(2_000):
                handler.wfile.write(b"y")
                handler.wfile.flush()
                time.sleep(0.02)

    with receiving(drip) as server:
        start = time.monotonic()
        with pytest.raises(DeliveryFailed):
            send(local(f"http://127.0.0.1:{server.server_port}/"))
        assert time.monotonic() - start < 12.0


def test_nobody_there_is_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DeliveryFailed, match="ConnectionRefusedError"):
        send(local(f"http://127.0.0.1:{port}/"))


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["8.8.8.8", "192.168.0.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["::1"],
        ["fe80::1"],
        ["0.0.0.0"],  # noqa: S104
        [],
    ],
)
def test_a_name_that_leads_inside_is_not_connected_to(addresses, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
    settings = WebhookSettings(
        targets={"ops": "https://hooks.example.com/"}, secret=SECRET, hosts=frozenset(["hooks.example.com"])
    )
    with pytest.raises(DeliveryFailed, match="not public"):
        send(WebhookSender(settings, HostAddresses(lambda _: addresses)))


def test_loopback_is_refused_unless_it_is_allowed():
    settings = WebhookSettings(targets={"ops": "http://127.0.0.1:9/"}, secret=SECRET)
    with pytest.raises(DeliveryFailed, match="not on the list") as refused:
        send(WebhookSender(settings))
    assert refused.value.is_final


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """The name means something else with every look-up: only what was checked is connected to."""
    asked, connected = [], []

    def ask(host):
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    def connect(address, timeout):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    settings = WebhookSettings(
        targets={"ops": "https://hooks.example.com/"}, secret=SECRET, hosts=frozenset(["hooks.example.com"])
    )
    with pytest.raises(DeliveryFailed):
        send(WebhookSender(settings, HostAddresses(ask)))
    assert (asked, connected) == (["hooks.example.com"], [("93.184.216.34", 443)])


def test_a_target_nobody_set_and_a_message_too_long_are_final():
    for sender, target, body in (
        (local("http://127.0.0.1:9/"), "other", BODY),
        (local("http://127.0.0.1:9/"), "ops", b"x" * (webhook.MOST_BODY + 1)),
    ):
        with pytest.raises(DeliveryFailed) as failed:
            sender.send(target, "d", "e", body)
        assert failed.value.is_final


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1"])
def test_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1"),  # noqa: S104
        "192.0.0.8",
        *("192.0.2.1", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
        *("2002:7f00:1::", "2001:0:4136:e378::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1"),
        *("ff02::1", "2001:db8::1", "2606:4700::1111%1", "not an address", "2130706433", "0x7f.1", "127.1"),
    ],
)
def test_addresses_that_are_not_public(address):
    assert not is_public(address)
