"""LeadService."""

from __future__ import annotations

import grpc
from leadline.v1 import lead_service_pb2 as pb
from leadline.v1 import lead_service_pb2_grpc

from core.access.ownership import listed_owner, visible
from core.identifiers import LeadId, check_identifier
from core.paging import decode_page_token, encode_page_token, page_limit
from core.ports import Clock, LeadStore
from server.convert.lead import stored_lead_to_wire
from server.convert.lead_writes import OnOutcomes, writes_from_wire
from server.identity import Identify

_LIST = "leads"


class LeadServicer(lead_service_pb2_grpc.LeadServiceServicer):
    """Wire face of :class:`core.ports.LeadStore`."""

    def __init__(self, leads: LeadStore, identify: Identify, on_outcomes: OnOutcomes, clock: Clock) -> None:
        self._leads = leads
        self._identify = identify
        self._on_outcomes = on_outcomes
        self._clock = clock

    def UpsertLeads(self, request: pb.UpsertLeadsRequest, context: grpc.ServicerContext) -> pb.UpsertLeadsResponse:
        """Write leads."""
        caller = self._identify(context)
        writes = writes_from_wire(request, self._clock())
        counts = self._leads.upsert(caller, check_identifier(request.request_id, "request_id"), writes)
        if any(write.outcome is not None for write in writes):
            self._on_outcomes(caller.tenant)
        return pb.UpsertLeadsResponse(created_count=counts.created, updated_count=counts.updated)

    def GetLead(self, request: pb.GetLeadRequest, context: grpc.ServicerContext) -> pb.GetLeadResponse:
        """Read one lead."""
        caller, lead_id = self._identify(context), LeadId(check_identifier(request.lead_id, "lead_id"))
        return pb.GetLeadResponse(lead=stored_lead_to_wire(visible(caller, self._leads.get(caller.tenant, lead_id))))

    def ListLeads(self, request: pb.ListLeadsRequest, context: grpc.ServicerContext) -> pb.ListLeadsResponse:
        """List leads."""
        caller = self._identify(context)
        asked = check_identifier(request.owner_id, "owner_id") if request.owner_id else ""
        tenant, owner = caller.tenant, listed_owner(caller, asked)
        filters = {"owner_id": owner or ""}
        after = decode_page_token(request.page_token, tenant, _LIST, filters)
        page = self._leads.list(tenant, limit=page_limit(request.page_size), after=after, owner_id=owner)
        token = encode_page_token(tenant, _LIST, filters, page.next_key)
        return pb.ListLeadsResponse(leads=map(stored_lead_to_wire, page.items), next_page_token=token)
