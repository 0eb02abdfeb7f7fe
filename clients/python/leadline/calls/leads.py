"""LeadService."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import uuid4

from leadline.calls.split import cut, derived_ids, place
from leadline.convert.lead import stored_lead_from_wire, write_to_wire
from leadline.errors import LeadlineError
from leadline.lead import Lead, LeadWrite, StoredLead, UpsertResult
from leadline.positions import moved
from leadline.transport import Transport
from leadline.v1 import lead_service_pb2


class LeadCalls:
    """Keeps leads and their outcomes."""

    _transport: Transport

    def upsert_leads(
        self,
        writes: Iterable[LeadWrite | Lead],
        request_id: str | None = None,
        *,
        timeout: timedelta | None = None,
    ) -> UpsertResult:
        """Write leads, in calls of at most 500. Each call is written whole or not at all.

        Args:
            writes: Leads, with an outcome where one is known. Each lead_id once.
            request_id: Idempotency key; None makes one. After a failure repeat with the ``request_id`` of the
                error and the same leads: nothing is written twice.
            timeout: Deadline of each call.

        Raises:
            InvalidRequest: If a lead cannot be sent (then nothing was), or if the server refuses one.
            LeadlineError: If a call failed; the calls before it stay written.
        """
        placed = list(place(map(_as_write, writes), write_to_wire, lead_service_pb2.LeadWrite.ByteSize))
        for one, _ in placed:
            if one.error is not None:
                raise one.error
        runs = list(cut(placed))
        key = request_id or uuid4().hex
        created = updated = 0
        for run, call_id in zip(runs, derived_ids(key, runs), strict=True):
            wires = [one.wire for one in run if one.wire is not None]
            request = lead_service_pb2.UpsertLeadsRequest(request_id=call_id, leads=wires)
            try:
                response = self._transport.call(self._transport.leads.UpsertLeads, request, timeout=timeout)
            except LeadlineError as problem:
                error = moved(problem, [one.position for one in run])
                error.request_id = key
                raise error from problem.__cause__
            created += response.created_count
            updated += response.updated_count
        return UpsertResult(created_count=created, updated_count=updated, request_id=key)

    def get_lead(self, lead_id: str, *, timeout: timedelta | None = None) -> StoredLead:
        """Read one lead.

        Raises:
            NotFound: If there is none.
        """
        request = lead_service_pb2.GetLeadRequest(lead_id=lead_id)
        return stored_lead_from_wire(self._transport.call(self._transport.leads.GetLead, request, timeout=timeout).lead)

    def list_leads(
        self, *, owner_id: str = "", page_size: int = 500, timeout: timedelta | None = None
    ) -> Iterator[StoredLead]:
        """Yield every lead by id; pages are fetched as they are needed.

        Args:
            owner_id: Only leads of this owner; empty means all.
            page_size: Leads in one call, 1 to 1,000.
            timeout: Deadline of each call.
        """
        token = ""
        while True:
            request = lead_service_pb2.ListLeadsRequest(page_size=page_size, page_token=token, owner_id=owner_id)
            response = self._transport.call(self._transport.leads.ListLeads, request, timeout=timeout)
            yield from map(stored_lead_from_wire, response.leads)
            token = response.next_page_token
            if not token:
                return


def _as_write(write: LeadWrite | Lead) -> LeadWrite:
    return LeadWrite(lead=write) if isinstance(write, Lead) else write
