"""The log of events in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from sqlalchemy import Connection, select

from core.adapters.sql.database import Database
from core.adapters.sql.event_heads import read_head
from core.adapters.sql.event_writes import Written, own_leads, write_events
from core.adapters.sql.failures import again
from core.adapters.sql.idempotency import Json, answer_once
from core.adapters.sql.many_ids import among, in_parts
from core.adapters.sql.registry_keys import read_event_key
from core.adapters.sql.tables import event_heads, lead_events
from core.adapters.sql.walls import ALL_TENANTS
from core.behavior.event_log import MAX_EVENTS, LogHead, RecordedEvents
from core.behavior.recording import body_digest, microseconds_of
from core.behavior.verdict import Sent, Verdict, results_of
from core.caller import Caller
from core.errors import InvalidInput, NotFound
from core.event import Event
from core.identifiers import LeadId, TenantId
from core.ports import Clock, Page

PAGE = 5_000
"""Events that are read at once where many are."""
_RECORD = "RecordEvents"
_columns = lead_events.c
_event = select(*(_columns[name] for name in Event._fields))


class SqlEventLog:
    """Keeps what leads do. Implements :class:`core.behavior.event_log.EventLog`.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def append(self, caller: Caller, request_id: str, events: Sequence[Sent]) -> RecordedEvents:
        """Record events in one transaction: all that can be, each once.

        Raises:
            InvalidInput: If there are none or more than 500.
            AlreadyExists: If ``request_id`` was used for another body.
        """
        if not 1 <= len(events) <= MAX_EVENTS:
            raise InvalidInput.of("events", f"must be 1 to {MAX_EVENTS}, not {len(events):,}")
        now = self._clock()
        digests = [body_digest(one) if isinstance(one, Event) else b"" for one in events]
        written: Written | None = None
        with self._database.write(caller.tenant) as connection:

            def act() -> Json:
                nonlocal written
                written = write_events(connection, caller, events, digests, microseconds_of(now))
                return ["".join(verdict.value for verdict in written.verdicts), written.recorded_us]

            if request_id:
                body = _body(events, digests)
                letters, recorded_us = answer_once(
                    connection,
                    tenant=caller.tenant,
                    method=_RECORD,
                    request_id=request_id,
                    body=body,
                    now=now,
                    act=act,
                )
            else:
                letters, recorded_us = act()
        return RecordedEvents(
            results=results_of(list(map(Verdict, letters)), events),
            recorded=() if written is None else written.events,
            recorded_us=recorded_us,
        )

    @again
    def heads(self) -> Mapping[TenantId, LogHead]:
        """Return the head of every tenant that has events, or erased a lead."""
        with self._database.read(ALL_TENANTS) as connection:
            rows = connection.execute(select(event_heads)).all()
        return {TenantId(row.tenant): LogHead(row.sequence, row.recorded_us, row.erasures) for row in rows}

    @again
    def head(self, tenant: TenantId) -> LogHead:
        """Return the head of one tenant; zeros without events."""
        with self._database.read(tenant) as connection:
            return read_head(connection, tenant)

    @again
    def since(self, tenant: TenantId, sequence: int, limit: int) -> Sequence[Event]:
        """Return up to ``limit`` events above ``sequence``, by sequence."""
        asked = _event.where(_columns.tenant == tenant, _columns.sequence > sequence)
        with self._database.read(tenant) as connection:
            rows = connection.execute(asked.order_by(_columns.sequence).limit(limit)).all()
        return list(map(Event._make, rows))

    @again
    def of_lead(
        self, tenant: TenantId, lead_id: LeadId, *, after: int = 0, limit: int | None = None, newest: bool = False
    ) -> Sequence[Event]:
        """Return events of a lead above the sequence ``after``, by sequence.

        With ``limit`` the oldest of them, or with ``newest`` the newest.
        """
        asked = _event.where(_columns.tenant == tenant, _columns.lead_id == lead_id, _columns.sequence > after)
        asked = asked.order_by(_columns.sequence.desc() if newest else _columns.sequence)
        with self._database.read(tenant) as connection:
            rows = connection.execute(asked if limit is None else asked.limit(limit)).all()
        found = list(map(Event._make, rows))
        return found[::-1] if newest else found

    def of_leads(self, tenant: TenantId, lead_ids: Sequence[LeadId], *, until_us: int) -> Iterator[Event]:
        """Yield the events of many leads that were recorded before a moment, by lead and sequence."""
        for part in in_parts(sorted(set(lead_ids))):
            rest = part
            while rest:
                events = self._first_of_leads(tenant, rest, until_us)
                yield from events
                if len(events) < PAGE:
                    break
                last = events[-1]
                yield from self._rest_of_lead(tenant, last, until_us)
                rest = [lead_id for lead_id in rest if lead_id > last.lead_id]

    def all(self, tenant: TenantId, *, since_us: int = 0) -> Iterator[Event]:
        """Yield all events that were recorded at a moment or later, by sequence, without holding them all.

        What is recorded while it yields is not waited for.
        """
        head = self.head(tenant).sequence
        for sequence in range(self._sequence_before(tenant, since_us), head, PAGE):
            yield from self._between(tenant, sequence, sequence + PAGE)

    @again
    def page(self, caller: Caller, lead_id: LeadId, *, limit: int, after: str | None) -> Page[Event]:
        """Return up to ``limit`` events of a lead, newest first, after a page key.

        Raises:
            NotFound: If the lead is another seller's.
        """
        asked = _event.where(_columns.tenant == caller.tenant, _columns.lead_id == lead_id)
        if after is not None:
            asked = asked.where(_columns.sequence < read_event_key(after))
        with self._database.read(caller.tenant) as connection:
            if caller.owner_id and not own_leads(connection, caller, [lead_id]):
                raise NotFound("lead", lead_id)
            rows = connection.execute(asked.order_by(_columns.sequence.desc()).limit(limit + 1)).all()
        items = tuple(map(Event._make, rows[:limit]))
        return Page(items=items, next_key=str(items[-1].sequence) if len(rows) > limit else None)

    @again
    def _between(self, tenant: TenantId, above: int, up_to: int) -> list[Event]:
        """Return the events of a stretch of sequences: bounded at both ends no database reads more than that."""
        wanted = (_columns.tenant == tenant, _columns.sequence > above, _columns.sequence <= up_to)
        with self._database.read(tenant) as connection:
            rows = connection.execute(_event.where(*wanted).order_by(_columns.sequence)).all()
        return list(map(Event._make, rows))

    @again
    def _first_of_leads(self, tenant: TenantId, lead_ids: Sequence[LeadId], until_us: int) -> list[Event]:
        """Return the first page of the events of some leads, by lead and sequence."""
        wanted = (_columns.tenant == tenant, among(_columns.lead_id, lead_ids), _columns.recorded_us < until_us)
        # The order is that of the index that begins with the lead.
        asked = _event.where(*wanted).order_by(_columns.lead_id, _columns.sequence).limit(PAGE)
        with self._database.read(tenant) as connection:
            return list(map(Event._make, connection.execute(asked).all()))

    def _rest_of_lead(self, tenant: TenantId, last: Event, until_us: int) -> Iterator[Event]:
        """Yield what a lead did after an event, up to a moment."""
        while events := self.of_lead(tenant, LeadId(last.lead_id), after=last.sequence, limit=PAGE):
            # recorded_us never falls with sequence.
            if events[-1].recorded_us >= until_us:
                yield from (event for event in events if event.recorded_us < until_us)
                return
            yield from events
            last = events[-1]

    @again
    def _sequence_before(self, tenant: TenantId, moment_us: int) -> int:
        """Return a sequence such that what was recorded at a moment or later is above it, and nothing else is.

        ``recorded_us`` never falls with ``sequence``: halving finds the place with a handful of looks into the index.
        """
        if moment_us <= 0:
            return 0
        with self._database.read(tenant) as connection:
            low, high = 0, read_head(connection, tenant).sequence
            while low < high:
                middle = (low + high + 1) // 2
                if _recorded_at_or_before(connection, tenant, middle) < moment_us:
                    low = middle
                else:
                    high = middle - 1
        return low


def _recorded_at_or_before(connection: Connection, tenant: TenantId, sequence: int) -> int:
    """Return when the newest event up to a sequence was recorded, 0 if there is none."""
    asked = select(_columns.recorded_us).where(_columns.tenant == tenant, _columns.sequence <= sequence)
    return connection.scalar(asked.order_by(_columns.sequence.desc()).limit(1)) or 0


def _body(events: Sequence[Sent], digests: Sequence[bytes]) -> str:
    """Return what tells a request from another one under its id."""
    whole = blake2b(digest_size=32)
    for one, digest in zip(events, digests, strict=True):
        whole.update(digest or str(one).encode("utf-8", "surrogatepass"))
        whole.update(b"\x00")
    return whole.hexdigest()
