"""Remembers for a moment who a credential belongs to, so that a call does not wait for the store.

A credential in use is looked up again in the background, once a second; one that was idle is looked up while its call
waits. While the store is down, a credential that was good before holds on for some minutes: an outage of the database
must not be one of scoring.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import structlog
from cachetools import LRUCache

from core.caller import Caller
from core.deadline import set_deadline
from core.errors import DeadlineSpent, DependencyDown, LeadlineError, Unauthenticated
from core.ports import Clock
from server.identity.caller import Undecided, Verified, Verify

log = structlog.get_logger("leadline.identity")

FRESH_SECONDS = 2.0
"""An answer of the store counts for this long: a key that is revoked is refused after it."""
_AHEAD_SECONDS = 1.0
"""Older answers are asked for again while they still count."""
OUTAGE = timedelta(minutes=5)
"""How long a good credential outlives the last answer of the store."""
_WAIT_SECONDS = 0.5
"""Longest wait for the store about a credential that was good before."""
_CHECK_SECONDS = 2.0
"""Longest time of a look-up in the background."""
_RETRY_SECONDS = 1.0
"""After a failure the store is left alone for this long."""
_MOST_REMEMBERED = 4_096
_CHECKERS = 2


@dataclass(frozen=True, slots=True)
class _Verdict:
    verified: Verified | None
    checked_at: float


@dataclass(frozen=True, slots=True)
class _Check:
    """A question that is under way in the background."""

    answer: Future[_Verdict]
    began_at: float


class Remembered:
    """Puts a memory in front of a verifier. Safe for any number of threads; forgets what was used least.

    Args:
        verify: Knows the truth, and may take its time.
        clock: For expiry.
        monotonic: For ages, in seconds.
    """

    def __init__(self, verify: Verify, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._verify = verify
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        # Apart, so that a flood of wrong credentials does not push the right ones out.
        self._good: LRUCache[bytes, _Verdict] = LRUCache(_MOST_REMEMBERED)
        self._bad: LRUCache[bytes, _Verdict] = LRUCache(_MOST_REMEMBERED)
        self._checks: dict[bytes, _Check] = {}
        self._checkers = ThreadPoolExecutor(_CHECKERS, thread_name_prefix="credential")
        self._failed_at: float | None = None

    def caller(self, text: str) -> Caller:
        """Return who a credential belongs to.

        Raises:
            Unauthenticated: If it is not valid.
            DependencyDown: If that cannot be known, and was not known shortly before.
        """
        key = _key(text)
        with self._lock:
            known = self._good.get(key) or self._bad.get(key)
        age = None if known is None else self._monotonic() - known.checked_at
        if known is None or age is None or (known.verified is None and age >= FRESH_SECONDS):
            return self._answer(self._ask(key, text))
        if age >= FRESH_SECONDS:
            known = self._again(key, text, known)
        elif age >= _AHEAD_SECONDS:
            self._start(key, text)
        return self._answer(known)

    def peek(self, text: str) -> Caller | None:
        """Return who a credential belonged to when it was last seen, without asking anybody."""
        key = _key(text)
        with self._lock:
            known = self._good.get(key)
        return None if known is None or known.verified is None else known.verified.caller

    def _answer(self, verdict: _Verdict) -> Caller:
        verified = verdict.verified
        if verified is None:
            raise Unauthenticated
        if verified.expire_time is not None and self._clock() >= verified.expire_time:
            raise Unauthenticated
        return verified.caller

    def _ask(self, key: bytes, text: str) -> _Verdict:
        """Ask about a credential that nobody has seen good: in the thread of its call, which bounds how many ask."""
        if self._is_down():
            raise DependencyDown("the store of credentials")
        return self._check(key, text)

    def _again(self, key: bytes, text: str, known: _Verdict) -> _Verdict:
        """Ask again about a credential that was good; go on with what is known if there is no answer."""
        check = self._start(key, text)
        left_seconds = 0.0 if check is None else check.began_at + _WAIT_SECONDS - self._monotonic()
        if check is not None and left_seconds > 0:
            try:
                return check.answer.result(left_seconds)
            except (TimeoutError, LeadlineError):
                log.warning("credentials cannot be checked; those known before still hold")
        if self._monotonic() - known.checked_at >= OUTAGE.total_seconds():
            raise DependencyDown("the store of credentials")
        return known

    def _start(self, key: bytes, text: str) -> _Check | None:
        """Ask in the background, unless somebody does already; None while the store is left alone."""
        with self._lock:
            running = self._checks.get(key)
            if running is not None:
                return running
            if self._is_down():
                return None
            check = _Check(self._checkers.submit(self._check_apart, key, text), self._monotonic())
            self._checks[key] = check
        check.answer.add_done_callback(lambda _: self._checks.pop(key, None))
        return check

    def _check_apart(self, key: bytes, text: str) -> _Verdict:
        """Check in a thread that belongs to no call, with a deadline of its own."""
        set_deadline(time.monotonic() + _CHECK_SECONDS)
        try:
            return self._check(key, text)
        except DeadlineSpent:
            self._failed_at = self._monotonic()
            raise

    def _check(self, key: bytes, text: str) -> _Verdict:
        asked_at = self._monotonic()
        try:
            verified = self._verify(text)
        except Undecided:
            # Anybody can make up a credential like that: the others must not suffer from it.
            raise
        except DependencyDown:
            self._failed_at = self._monotonic()
            raise
        verdict = _Verdict(verified, asked_at)
        with self._lock:
            self._failed_at = None
            self._good.pop(key, None)
            self._bad.pop(key, None)
            (self._bad if verified is None else self._good)[key] = verdict
        return verdict

    def _is_down(self) -> bool:
        """Return whether the store is to be left alone; who finds the pause over begins the next one, and asks."""
        failed_at = self._failed_at
        if failed_at is None:
            return False
        now = self._monotonic()
        if now - failed_at < _RETRY_SECONDS:
            return True
        self._failed_at = now
        return False


def _key(text: str) -> bytes:
    """Return what a credential is remembered under: not itself, so that no memory dump holds it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
