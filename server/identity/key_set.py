"""The public keys that sign JSON Web Tokens: fetched, kept, and fetched again now and then."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, build_opener

import structlog
from jwt import PyJWK, PyJWKSet, PyJWTError

from core.errors import DependencyDown
from server.identity.caller import Undecided

log = structlog.get_logger("leadline.identity")

_LIFE_SECONDS = {"https": 300.0, "file": 5.0}
"""After that a set is read again; until that has worked it goes on being used."""
LAST_GOOD = timedelta(days=1)
"""A set that could not be read again for this long is not used any more."""
_PAUSE_SECONDS = 10.0
"""Shortest time between two tries: tokens with made-up key ids must not make us ask without end."""
_TIMEOUT_SECONDS = 2.0
_MOST_BYTES = 1024 * 1024
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What comes of content that is no key set."""
Fetch = Callable[[str], bytes]


class _NoRedirects(HTTPRedirectHandler):
    """The address is the operator's choice, and nobody else's."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: the redirect becomes an error."""


def fetch(source: str) -> bytes:
    """Return the content of an ``https://`` address or a file.

    Raises:
        OSError: If it cannot be read.
    """
    if not source.startswith("https://"):
        return Path(source).read_bytes()
    try:
        with build_opener(_NoRedirects).open(source, timeout=_TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read(_MOST_BYTES + 1)
    except HTTPException as error:
        raise URLError("no answer that could be read") from error
    if len(content) > _MOST_BYTES:
        raise URLError("too long")
    return content


class KeySet:
    """A JSON Web Key Set. Reads it when the first token comes.

    Args:
        source: ``https://`` address or file.
        read: Returns the content of the source.
        monotonic: For ages, in seconds.
    """

    def __init__(self, source: str, read: Fetch = fetch, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._read = read
        self._monotonic = monotonic
        self._life_seconds = _LIFE_SECONDS["https" if source.startswith("https://") else "file"]
        self._refreshing = threading.Lock()
        self._keys: dict[str, PyJWK] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None

    def find(self, key_id: str) -> PyJWK | None:
        """Return the key of that id, None if the set has none.

        Raises:
            DependencyDown: If the set could not be read, so that nobody knows.
            Undecided: If the key may be a new one. The others still hold.
        """
        now = self._monotonic()
        is_old = self._read_at is None or now - self._read_at >= self._life_seconds
        if is_old or key_id not in self._keys:
            # Who has a key to go on with does not wait for somebody else's reading.
            self._refresh(wait=key_id not in self._keys)
        read_at = self._read_at
        if read_at is None or self._monotonic() - read_at >= LAST_GOOD.total_seconds():
            raise DependencyDown("the JSON Web Key Set")
        found = self._keys.get(key_id)
        if found is None and self._tried_at != read_at:
            raise Undecided("the JSON Web Key Set")
        return found

    def _refresh(self, *, wait: bool) -> None:
        if not self._refreshing.acquire(blocking=wait):
            return
        try:
            now = self._monotonic()
            pause = min(_PAUSE_SECONDS, self._life_seconds)
            if self._tried_at is not None and now - self._tried_at < pause:
                return
            self._tried_at = now
            self._keys = _signing_keys(self._read(self._source))
            self._read_at = now
        except (OSError, PyJWTError, *_MALFORMED):
            log.warning("the JSON Web Key Set cannot be read")
        finally:
            self._refreshing.release()


def _signing_keys(content: bytes) -> dict[str, PyJWK]:
    listed = json.loads(content)["keys"]
    keys = PyJWKSet([key for key in listed if isinstance(key.get("kid"), str) and key.get("use", "sig") == "sig"]).keys
    return {str(key.key_id): key for key in keys}
