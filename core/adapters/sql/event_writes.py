"""Works out what becomes of the events of a request, and writes those that count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from core.adapters.sql.event_heads import move_head
from core.adapters.sql.event_statement import ItemFacts, add_events, read_item_facts
from core.adapters.sql.many_ids import among, in_parts
from core.adapters.sql.tables import lead_events, leads
from core.behavior.recording import Moment, judge_moment
from core.behavior.verdict import Sent, Verdict
from core.caller import Caller
from core.event import Event

_UNKNOWN_ITEM: ItemFacts = ("", "", None)
_OF_MOMENT = {
    Moment.AS_SENT: Verdict.RECORDED,
    Moment.NOW: Verdict.RECORDED,
    Moment.ADJUSTED: Verdict.CLOCK_ADJUSTED,
    Moment.TOO_FAR_AHEAD: Verdict.TOO_FAR_AHEAD,
    Moment.TOO_OLD: Verdict.TOO_OLD,
}
_KEPT = frozenset({Verdict.RECORDED, Verdict.CLOCK_ADJUSTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a request did."""

    verdicts: Sequence[Verdict]
    """One for each event that was sent."""
    events: Sequence[Event]
    """Those that are new."""
    recorded_us: int


def write_events(
    connection: Connection, caller: Caller, sent: Sequence[Sent], digests: Sequence[bytes], now_us: int
) -> Written:
    """Write what is new of a request.

    Args:
        connection: In a writing transaction. Other writers of the tenant wait until it ends.
        caller: Who sends them.
        sent: Events and errors in their places.
        digests: Of each event as it was sent, empty for errors.
        now_us: The present moment.
    """
    verdicts = [Verdict.UNREADABLE if not isinstance(one, Event) else Verdict.RECORDED for one in sent]
    _leave_out_foreign(connection, caller, sent, verdicts)
    left = [
        (place, one) for place, one in enumerate(sent) if isinstance(one, Event) and verdicts[place] is Verdict.RECORDED
    ]
    if not left:
        return Written(verdicts=verdicts, events=(), recorded_us=now_us)
    named = {event.item_id for _, event in left if event.item_id}
    # Looked up before the head is taken: the fewer wait for it the better.
    facts = read_item_facts(connection, caller.tenant, list(named))
    sequence, recorded_us = move_head(connection, caller.tenant, len(left), now_us)
    kept: dict[int, Event] = {}
    for number, (place, event) in enumerate(left, start=sequence - len(left) + 1):
        moment = judge_moment(event.occurred_us, recorded_us)
        verdicts[place] = _OF_MOMENT[moment]
        if verdicts[place] in _KEPT:
            occurred_us = event.occurred_us if moment is Moment.AS_SENT else recorded_us
            kept[place] = _stored(event, number, occurred_us, recorded_us, facts)
    new = _add(connection, caller, kept, digests, verdicts)
    return Written(verdicts=verdicts, events=new, recorded_us=recorded_us)


def own_leads(connection: Connection, caller: Caller, lead_ids: Sequence[str]) -> set[str]:
    """Return which leads are the seller's."""
    found: set[str] = set()
    for part in in_parts(lead_ids):
        mine = (leads.c.tenant == caller.tenant, leads.c.owner_id == caller.owner_id, among(leads.c.lead_id, part))
        found.update(connection.scalars(select(leads.c.lead_id).where(*mine)))
    return found


def _leave_out_foreign(connection: Connection, caller: Caller, sent: Sequence[Sent], verdicts: list[Verdict]) -> None:
    """A seller speaks of own leads only."""
    if not caller.owner_id:
        return
    named = {one.lead_id for one in sent if isinstance(one, Event)}
    own = own_leads(connection, caller, sorted(named))
    for place, one in enumerate(sent):
        if isinstance(one, Event) and one.lead_id not in own:
            verdicts[place] = Verdict.NO_SUCH_LEAD


def _stored(event: Event, sequence: int, occurred_us: int, recorded_us: int, facts: Mapping[str, ItemFacts]) -> Event:
    item_type, location, price_e4 = facts.get(event.item_id, _UNKNOWN_ITEM)
    return event._replace(
        sequence=sequence,
        occurred_us=occurred_us,
        recorded_us=recorded_us,
        item_type=item_type,
        item_location=location,
        item_price_e4=price_e4,
    )


def _add(
    connection: Connection,
    caller: Caller,
    kept: Mapping[int, Event],
    digests: Sequence[bytes],
    verdicts: list[Verdict],
) -> Sequence[Event]:
    """Add events, put right the verdicts on those whose ids were taken, and return the others."""
    if not kept:
        return ()
    events = list(kept.values())
    if add_events(connection, caller.tenant, events, [digests[place] for place in kept]) == len(events):
        return events
    there = _stored_ids(connection, caller.tenant, sorted({event.event_id for event in events}))
    new = []
    for place, event in kept.items():
        sequence, digest = there[event.event_id]
        if sequence == event.sequence:
            new.append(event)
        else:
            verdicts[place] = Verdict.DUPLICATE if digest == digests[place] else Verdict.OTHER_BODY
    return new


def _stored_ids(connection: Connection, tenant: str, event_ids: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    columns = lead_events.c
    found: dict[str, tuple[int, bytes]] = {}
    for part in in_parts(event_ids):
        asked = select(columns.event_id, columns.sequence, columns.body_digest)
        rows = connection.execute(asked.where(columns.tenant == tenant, columns.event_id.in_(part)))
        found.update((event_id, (sequence, bytes(digest))) for event_id, sequence, digest in rows)
    return found
