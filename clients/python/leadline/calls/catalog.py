"""Calls of CatalogService."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from leadline.calls.split import MAX_CALL_BYTES, MAX_LEADS, derived_ids
from leadline.convert.item import item_to_wire, stored_item_from_wire
from leadline.convert.times import time_to_wire
from leadline.errors import InvalidRequest, LeadlineError, Violation
from leadline.item import Item, StoredItem
from leadline.lead import UpsertResult
from leadline.transport import Transport
from leadline.v1 import catalog_service_pb2 as pb
from leadline.v1 import item_pb2

MAX_ITEMS: Final = MAX_LEADS
"""Items in one call."""
_INDEX: Final = re.compile(r"\b(items|item_ids)\[(\d+)\]")


class CatalogCalls:
    """Keeps items."""

    _transport: Transport

    def upsert_items(
        self, items: Iterable[Item], request_id: str | None = None, *, timeout: timedelta | None = None
    ) -> UpsertResult:
        """Write items, in calls of at most 500. Each call is written whole or not at all.

        Args:
            items: Each item_id once.
            request_id: Idempotency key; None makes one. After a failure repeat with the ``request_id`` of the error
                and the same items: nothing is written twice.
            timeout: Deadline of each call.

        Raises:
            InvalidRequest: If an item cannot be sent (then nothing was), or if the server refuses one.
            LeadlineError: If a call failed; the calls before it stay written.
        """
        runs = list(_cut([_wired(item, at) for at, item in enumerate(items)]))
        key = request_id or uuid4().hex
        created = updated = sent = 0
        for run, call_id in zip(runs, derived_ids(key, runs), strict=True):
            request = pb.UpsertItemsRequest(request_id=call_id, items=run)
            try:
                response = self._transport.call(self._transport.catalog.UpsertItems, request, timeout=timeout)
            except LeadlineError as problem:
                raise _moved(problem, sent, key) from problem.__cause__
            created += response.created_count
            updated += response.updated_count
            sent += len(run)
        return UpsertResult(created_count=created, updated_count=updated, request_id=key)

    def delete_items(
        self, item_ids: Iterable[str], request_id: str | None = None, *, timeout: timedelta | None = None
    ) -> int:
        """Delete items, in calls of at most 500, and return how many there were. They are recommended no more.

        Args:
            item_ids: Ids that are not known are passed over.
            request_id: As for :meth:`upsert_items`.
            timeout: Deadline of each call.
        """
        ids = list(item_ids)
        runs = [ids[start : start + MAX_ITEMS] for start in range(0, len(ids), MAX_ITEMS)]
        key = request_id or uuid4().hex
        deleted = sent = 0
        for run, call_id in zip(runs, derived_ids(key, runs), strict=True):
            request = pb.DeleteItemsRequest(request_id=call_id, item_ids=run)
            try:
                deleted += self._transport.call(
                    self._transport.catalog.DeleteItems, request, timeout=timeout
                ).deleted_count
            except LeadlineError as problem:
                raise _moved(problem, sent, key) from problem.__cause__
            sent += len(run)
        return deleted

    def list_items(
        self,
        *,
        item_type: str = "",
        updated_since: datetime | None = None,
        page_size: int = 500,
        timeout: timedelta | None = None,
    ) -> Iterator[StoredItem]:
        """Yield every item by id, without deleted ones; pages are fetched as they are needed.

        Args:
            item_type: Only of this type; empty means all.
            updated_since: Only what was written at this moment or later, aware.
            page_size: Items in one call, 1 to 1,000.
            timeout: Deadline of each call.

        Raises:
            InvalidRequest: If ``updated_since`` has no time zone.
        """
        request = pb.ListItemsRequest(page_size=page_size, item_type=item_type)
        if updated_since is not None:
            try:
                request.updated_since_time.CopyFrom(time_to_wire(updated_since))
            except ValueError as problem:
                raise InvalidRequest.of([Violation(field="updated_since", rule=str(problem))]) from None
        while True:
            response = self._transport.call(self._transport.catalog.ListItems, request, timeout=timeout)
            yield from map(stored_item_from_wire, response.items)
            request.page_token = response.next_page_token
            if not request.page_token:
                return


def _wired(item: Item, at: int) -> item_pb2.Item:
    try:
        return item_to_wire(item)
    except InvalidRequest as problem:
        found = [Violation(field=f"items[{at}].{v.field}", rule=v.rule) for v in problem.violations]
        raise InvalidRequest.of(found) from None


def _cut(wires: Sequence[item_pb2.Item]) -> Iterator[list[item_pb2.Item]]:
    run: list[item_pb2.Item] = []
    size = 0
    for wire in wires:
        more = wire.ByteSize()
        if run and (len(run) == MAX_ITEMS or size + more > MAX_CALL_BYTES):
            yield run
            run, size = [], 0
        run.append(wire)
        size += more
    if run:
        yield run


def _moved(problem: LeadlineError, sent: int, request_id: str) -> LeadlineError:
    """Return the error of a call with indices as in the list that the caller gave."""

    def place(match: re.Match[str]) -> str:
        return f"{match.group(1)}[{int(match.group(2)) + sent}]"

    return type(problem)(
        _INDEX.sub(place, problem.message),
        code=problem.code,
        reason=problem.reason,
        metadata=problem.metadata,
        violations=[Violation(field=_INDEX.sub(place, v.field), rule=v.rule) for v in problem.violations],
        retry_after=problem.retry_after,
        request_id=request_id,
    )
