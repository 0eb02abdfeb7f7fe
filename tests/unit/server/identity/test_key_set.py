"""The issuer's keys: read rarely, kept through outages, never taken from where nobody said."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from jwt.algorithms import OKPAlgorithm

from core.caller import LOCAL_CALLER
from core.errors import DependencyDown
from server.identity.caller import Verified
from server.identity.key_set import LAST_GOOD, KeySet, fetch
from server.identity.remembered import Remembered
from tests.parts.certificates import Authority

SOURCE = "https://login.example/keys"


def key_set(*names: str) -> bytes:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    return json.dumps({"keys": [{**OKPAlgorithm.to_jwk(public, as_dict=True), "kid": n} for n in names]}).encode()


class Issuer:
    def __init__(self) -> None:
        self.content = key_set("a")
        self.is_down = False
        self.asked = 0
        self.seconds = 1_000.0

    def read(self, source: str) -> bytes:
        assert source == SOURCE
        self.asked += 1
        if self.is_down:
            raise OSError
        return self.content


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def keys(issuer) -> KeySet:
    return KeySet(SOURCE, issuer.read, lambda: issuer.seconds)


def test_the_set_is_read_once_for_many_tokens(keys, issuer):
    assert [keys.find("a").key_id for _ in range(100)] == ["a"] * 100
    assert issuer.asked == 1


def test_made_up_key_ids_do_not_make_us_ask_without_end(keys, issuer):
    for number in range(100):
        assert keys.find(f"made up {number}") is None
    assert issuer.asked == 1


def test_a_new_key_is_found_after_a_pause(keys, issuer):
    keys.find("a")
    issuer.content = key_set("a", "b")
    assert keys.find("b") is None
    issuer.seconds += 10
    assert keys.find("b").key_id == "b"


def test_a_key_that_was_taken_out_is_gone_when_the_set_is_read_again(keys, issuer):
    keys.find("a")
    issuer.content = key_set("b")
    issuer.seconds += 300
    assert keys.find("a") is None


def test_an_outage_of_the_issuer_does_not_end_the_keys(keys, issuer):
    keys.find("a")
    issuer.is_down = True
    for _ in range(10):
        issuer.seconds += 400
        assert keys.find("a").key_id == "a"
    issuer.seconds += LAST_GOOD.total_seconds()
    with pytest.raises(DependencyDown):
        keys.find("a")


def test_during_an_outage_an_unknown_key_id_may_be_a_new_one(keys, issuer):
    keys.find("a")
    issuer.is_down = True
    issuer.seconds += 10
    with pytest.raises(DependencyDown):
        keys.find("b")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys": []}',
        b'{"keys": [[]]}',
        b'{"keys": [{"kid": "a", "kty": []}]}',
        b"\xff",
        b"<html>",
        b"[" * 100_000,
    ],
)
def test_what_is_no_key_set_does_not_replace_one(keys, issuer, content):
    keys.find("a")
    issuer.content = content
    issuer.seconds += 400
    assert keys.find("a").key_id == "a"


def test_the_set_comes_over_tls_from_the_address_itself(tmp_path, monkeypatch):
    authority = Authority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.write(tmp_path / "ca.pem")))
    with https_server(authority, tmp_path) as address:
        assert json.loads(fetch(f"{address}/keys"))["keys"][0]["kid"] == "a"
        for path in ("/moved", "/too-long", "/missing"):
            with pytest.raises(OSError):
                fetch(address + path)


def test_an_issuer_whose_certificate_nobody_signed_is_not_believed(tmp_path):
    with https_server(Authority(), tmp_path) as address, pytest.raises(OSError):
        fetch(f"{address}/keys")


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = {"/keys": key_set("a"), "/too-long": b" " * (1024 * 1024 + 1)}.get(self.path, b"")
        status = 302 if self.path == "/moved" else 200 if content else 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if status == 302:
            self.send_header("Location", "/keys")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def https_server(authority: Authority, folder) -> Iterator[str]:
    certificate, key = authority.issue(folder, "localhost", dns=["localhost"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_made_up_key_id_during_an_outage_does_not_shut_out_new_tokens_of_known_keys(keys, issuer):
    def verify(text: str) -> Verified | None:
        keys.find(text.partition(":")[0])
        return Verified(caller=LOCAL_CALLER, expire_time=None)

    memory = Remembered(verify, lambda: datetime.now(UTC), lambda: issuer.seconds)
    memory.caller("a:first")
    issuer.is_down = True
    for number in range(5):
        issuer.seconds += 10
        with pytest.raises(DependencyDown):
            memory.caller(f"made up:{number}")
        assert memory.caller(f"a:{number}") == LOCAL_CALLER
