"""Lets heads in the shadow read a sample of what the serving ones read, unseen, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple, Protocol

from core.conversation.heads.agreement import Agreement, HeadAgreements, Pair, compare
from core.conversation.heads.graph import Singles
from core.conversation.heads.inputs import HeadInputs
from core.conversation.heads.model import HeadModel
from core.conversation.heads.turn import Turn
from core.errors import DependencyDown, LeadlineError, NotFound, WrongState
from core.identifiers import TenantId
from core.ports import Clock
from core.resilience.apart import problem_of
from core.version import HEAD_KINDS, ShadowPointer

QUEUE_LIMIT = 1_000
"""Turns that wait; further ones are let go."""
CPU_SHARE = 0.05
"""Of one core: the thread rests nineteen times as long as it was at work."""
LOOK_EVERY = timedelta(seconds=2)
"""Between two looks at which versions are in the shadow."""
WRITE_EVERY = timedelta(seconds=1)
IDLE_SECONDS = 0.1
MOST_TENANTS = 512
_CODES = 2**32


class ServedTurn(NamedTuple):
    """A turn that was read, and what was said of it by the heads that serve."""

    tenant: TenantId
    turn: Turn
    probabilities: Mapping[str, Singles]
    """Kind to (classes,); only kinds for which a model answered with all it needs."""
    thresholds: Mapping[str, tuple[float, ...]]
    versions: Mapping[str, str]


class ShadowSource(Protocol):
    """Says who is in the shadow, and loads it."""

    def shadows_everywhere(self, kind: str) -> Mapping[TenantId, ShadowPointer]:
        """Return the pointer of every tenant that has a version in the shadow."""


LoadHead = Callable[[TenantId, str, str], HeadModel]
"""Takes tenant, kind and version."""
InputsOf = Callable[[TenantId, Turn, str], HeadInputs | None]
"""Takes the name of an encoder too, "" for none; returns what heads look at, None if there is no such encoder."""
OnBroken = Callable[[TenantId, str, str], object]
"""Told tenant, version and what is wrong, once for each version."""


class ShadowHeads:
    """A bounded queue of sampled turns, and a thread that reads them with the tenant's heads in the shadow.

    Args:
        source: Says who is in the shadow.
        load: Loads a version.
        agreements: Where what was found goes.
        share: Of the turns, in [0, 1]; 0 switches it off.
        clock: The present moment.
        on_broken: Told of a version that cannot be loaded, or fails.
        timer: Monotonic seconds.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        source: ShadowSource,
        load: LoadHead,
        agreements: HeadAgreements,
        share: float,
        clock: Clock,
        on_broken: OnBroken,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._load = load
        self._agreements = agreements
        self._share = share
        self._clock = clock
        self._on_broken = on_broken
        self._timer = timer
        self.inputs_of: InputsOf = lambda _tenant, turn, name: None if name else HeadInputs([turn])
        """Makes what heads look at."""
        self._queue: deque[ServedTurn] = deque()
        self._dropped: Counter[TenantId] = Counter()
        self._asked: dict[TenantId, None] = {}
        self._held: dict[tuple[TenantId, str], tuple[str, HeadModel | None]] = {}
        self._found: dict[Pair, Agreement] = {}
        self._next_look = self._next_write = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shadow-heads", daemon=True)
        self.problem = ""
        """Why the last look or write failed, empty when all is well."""

    def start(self) -> None:
        """Begin, unless the share is 0."""
        if self._share > 0.0:
            self._thread.start()

    def stop(self, timeout: timedelta) -> None:
        """Write what was found, for at most ``timeout``; what waits is let go."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout.total_seconds())

    def samples(self, tenant: TenantId, key: bytes) -> bool:
        """Return whether a turn is to be read: the same one always is or never is.

        Args:
            tenant: Whose it is; it is looked up from now on.
            key: 4 random bytes or more that stand for the turn.
        """
        if self._share <= 0.0:
            return False
        if tenant not in self._asked and len(self._asked) < MOST_TENANTS:
            self._asked[tenant] = None
        has_one = any((tenant, kind) in self._held for kind in HEAD_KINDS)
        return has_one and int.from_bytes(key[:4], "big") < self._share * _CODES

    def watch(self, served: ServedTurn) -> None:
        """Take a turn that is sampled; returns at once. When the queue is full the newest is let go, and counted."""
        if len(self._queue) >= QUEUE_LIMIT:
            self._dropped[served.tenant] += 1
            return
        self._queue.append(served)

    def dropped(self, tenant: TenantId) -> int:
        """Return how many sampled turns of a tenant this process did not read."""
        return self._dropped[tenant]

    def work(self) -> bool:
        """Read one turn that waits; return whether there was one."""
        try:
            served = self._queue.popleft()
        except IndexError:
            return False
        for kind in served.probabilities:
            version, model = self._held.get((served.tenant, kind), ("", None))
            if model is not None and version != served.versions[kind]:
                self._read(served, kind, version, model)
        return True

    def look(self) -> str | None:
        """Bring who is in the shadow up to the registry; return a problem, if there is one."""
        if self._timer() < self._next_look or not self._asked:
            return self.problem
        self._next_look = self._timer() + LOOK_EVERY.total_seconds()
        for kind in HEAD_KINDS:
            pointers = self._source.shadows_everywhere(kind)
            for tenant in list(self._asked):
                self._take(tenant, kind, pointers.get(tenant))
        return None

    def write(self) -> None:
        """Add what was found to what is kept."""
        found, self._found = self._found, {}
        try:
            if found:
                self._agreements.add(list(found.items()))
        except LeadlineError:
            for pair, agreement in found.items():
                self._found[pair] = self._found.get(pair, Agreement()) + agreement
            raise

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.problem = problem_of(self.look)
            begun = time.thread_time()
            # A turn that fails is gone; the thread must not be.
            problem = problem_of(self._work)
            if self._timer() >= self._next_write:
                self._next_write = self._timer() + WRITE_EVERY.total_seconds()
                problem = problem_of(self.write) or problem
            self.problem = problem or self.problem
            worked = time.thread_time() - begun
            self._stopping.wait(worked * (1.0 / CPU_SHARE - 1.0) if self._queue else IDLE_SECONDS)
        problem_of(self.write)

    def _work(self) -> None:
        self.work()

    def _take(self, tenant: TenantId, kind: str, pointer: ShadowPointer | None) -> None:
        key = (tenant, kind)
        if pointer is None:
            self._held.pop(key, None)
            return
        if self._held.get(key, ("", None))[0] == pointer.version:
            return
        try:
            self._held[key] = pointer.version, self._load(tenant, kind, pointer.version)
        except (NotFound, WrongState) as refused:
            self._leave_alone(tenant, kind, pointer.version, refused.message)

    def _read(self, served: ServedTurn, kind: str, version: str, model: HeadModel) -> None:
        inputs = self.inputs_of(served.tenant, served.turn, model.encoder)
        if inputs is None:
            return
        try:
            # Whatever the encoder does is not the head's fault.
            inputs.get(model.inputs, model.vectorizer)
        except DependencyDown:
            return
        try:
            mine = model.read(inputs)
        except Exception as failed:  # noqa: BLE001  whatever a head in the shadow does, it does to itself
            problem = failed.message if isinstance(failed, LeadlineError) else f"unexpected {type(failed).__name__}"
            self._leave_alone(served.tenant, kind, version, problem)
            return
        probabilities = served.probabilities[kind][None, :]
        found = compare(kind, probabilities, served.thresholds[kind], mine, model.thresholds)
        pair = Pair(served.tenant, kind, version, served.versions[kind], self._clock().date())
        self._found[pair] = self._found.get(pair, Agreement()) + found

    def _leave_alone(self, tenant: TenantId, kind: str, version: str, problem: str) -> None:
        self._held[tenant, kind] = version, None
        self._on_broken(tenant, version, problem)
