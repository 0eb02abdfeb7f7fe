"""The live values of one entity: kept up event by event, in bounded memory, exactly what its history gives."""

from __future__ import annotations

import json
import zlib
from typing import Any

from core.event import Event
from core.features.streams.compiled import compiled, layout_of_rows
from core.features.streams.decay_state import DecayState
from core.features.streams.declaration import Reading, StreamPlan, Value
from core.features.streams.window_state import WindowState

_FORM = f"1:{zlib.crc32(layout_of_rows().encode()):x}"
"""Changes when the stored form does."""


class StateOutdated(ValueError):
    """A stored state was made by another plan, or is damaged: make a new one from the entity's events.

    No caller of the service ever meets it: whoever restores a state reads the log instead.
    """


class StreamState:
    """The aggregates of one entity. Not thread-safe.

    Args:
        plan: What to keep.

    Attributes:
        plan: What is kept.
        head: Sequence of the newest event applied; 0 at first.

    Raises:
        InvalidInput: If the plan has an aggregate that cannot be kept.
    """

    __slots__ = ("_compiled", "_decays", "_newest_us", "_windows", "head", "plan")

    def __init__(self, plan: StreamPlan) -> None:
        self.plan = plan
        self.head = 0
        self._newest_us = 0
        self._compiled = compiled(plan)
        self._windows = [WindowState(window) for window in self._compiled.windows]
        self._decays = [DecayState(decay) for decay in self._compiled.decays]

    def add(self, event: Event) -> None:
        """Apply one event of the entity; no effect if its sequence is not beyond the head."""
        if event.sequence <= self.head:
            return
        self.head = event.sequence
        self._newest_us = event.recorded_us
        if self._compiled.items_only and not event.item_id:
            return
        route = self._compiled.route(event)
        values = [get(event) for get in route.getters]
        for touch in route.windows:
            self._windows[touch.part].add(event, values, touch)
        for touch in route.decays:
            self._decays[touch.part].add(event, values, touch)

    def reading(self, moment_us: int) -> Reading:
        """Return every aggregate at a moment that is not before ``recorded_us`` of any event applied."""
        aggregates: dict[str, Any] = {}
        for part in self._parts():
            part.read(moment_us, aggregates)
        return Reading(aggregates=aggregates, moment_us=moment_us)

    def values(self, moment_us: int) -> dict[str, Value]:
        """Return every feature at a moment that is not before ``recorded_us`` of any event applied."""
        return self.plan.values(self.reading(moment_us))

    def _parts(self) -> list[WindowState | DecayState]:
        return [*self._windows, *self._decays]

    def to_bytes(self) -> bytes:
        """Return a compact form of bounded size, for :meth:`from_bytes`."""
        parts = self._parts()
        for part in parts:
            part.drop(self._newest_us)
        content = [_FORM, self.plan.name, self.plan.hash, self.head, self._newest_us]
        stored = json.dumps([*content, [part.content() for part in parts]], separators=(",", ":"))
        return zlib.compress(stored.encode(), level=1)

    @classmethod
    def from_bytes(cls, plan: StreamPlan, content: bytes) -> StreamState:
        """Return the state that :meth:`to_bytes` stored.

        Raises:
            StateOutdated: If another plan made it or it is damaged.
        """
        try:
            form, name, plan_hash, head, newest_us, parts = json.loads(zlib.decompress(content))
        except (zlib.error, ValueError, TypeError) as damaged:
            raise StateOutdated("the stored state is damaged") from damaged
        if (form, name, plan_hash) != (_FORM, plan.name, plan.hash):
            raise StateOutdated(f"the stored state was made by another plan of {plan.name}")
        state = cls(plan)
        state.head, state._newest_us = head, newest_us
        for part, stored in zip(state._parts(), parts, strict=True):
            part.restore(stored, newest_us)
        return state
