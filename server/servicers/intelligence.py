"""IntelligenceService."""

from __future__ import annotations

import grpc
from leadline.v1 import intelligence_service_pb2 as pb
from leadline.v1 import intelligence_service_pb2_grpc

from core.ports import Clock
from server.actions import Actions
from server.conversation import Conversation
from server.convert.action import next_actions_to_wire, wanted_from_wire
from server.convert.action_outcome import outcome_from_wire
from server.convert.analysis import analysis_to_wire
from server.convert.conversation import analysis_wanted
from server.convert.health import assessed_to_wire
from server.convert.insight_type import (
    insight_type_from_wire,
    insight_type_to_wire,
    types_to_wire,
    wanted_types_from_wire,
)
from server.convert.stored_conversation import stored_page_from_wire, stored_page_to_wire
from server.identity import Identify
from server.lead_health import LeadHealthDesk


class IntelligenceServicer(intelligence_service_pb2_grpc.IntelligenceServiceServicer):
    """Wire face of :mod:`core.conversation`, :mod:`core.health` and :mod:`core.actions`."""

    def __init__(
        self,
        conversation: Conversation,
        lead_health: LeadHealthDesk,
        actions: Actions,
        identify: Identify,
        clock: Clock,
    ) -> None:
        self._conversation = conversation
        self._lead_health = lead_health
        self._actions = actions
        self._identify = identify
        self._clock = clock

    def Analyze(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.AnalyzeResponse:
        """Analyse a conversation."""
        caller, experiment, unit_id = self._identify(context), request.experiment, request.unit_id
        answer = self._conversation.analyze(caller, analysis_wanted(request), experiment=experiment, unit_id=unit_id)
        return analysis_to_wire(answer)

    def AssessHealth(self, request: pb.AssessHealthRequest, context: grpc.ServicerContext) -> pb.AssessHealthResponse:
        """Say how a lead is."""
        caller = self._identify(context)
        return assessed_to_wire(self._lead_health.assess(caller, request.lead_id))

    def GetConversation(
        self, request: pb.GetConversationRequest, context: grpc.ServicerContext
    ) -> pb.GetConversationResponse:
        """Read a stored conversation."""
        caller, wanted = self._identify(context), stored_page_from_wire(request)
        page = self._conversation.stored.reading.page(
            caller, wanted.lead_id, wanted.conversation_id, limit=wanted.limit, after=wanted.after(caller.tenant)
        )
        return stored_page_to_wire(page, wanted.next_token(caller.tenant, page.next_key))

    def RegisterInsightType(
        self, request: pb.RegisterInsightTypeRequest, context: grpc.ServicerContext
    ) -> pb.RegisterInsightTypeResponse:
        """Add or replace a kind of insight."""
        caller, kind = self._identify(context), insight_type_from_wire(request.insight_type)
        kept = self._conversation.types.register(caller, request.request_id, kind)
        return pb.RegisterInsightTypeResponse(insight_type=insight_type_to_wire(kept))

    def ListInsightTypes(
        self, request: pb.ListInsightTypesRequest, context: grpc.ServicerContext
    ) -> pb.ListInsightTypesResponse:
        """List kinds of insights."""
        tenant = self._identify(context).tenant
        wanted = wanted_types_from_wire(request, tenant)
        return types_to_wire(self._conversation.types.page(tenant, limit=wanted.limit, after=wanted.after), tenant)

    def DeleteInsightType(
        self, request: pb.DeleteInsightTypeRequest, context: grpc.ServicerContext
    ) -> pb.DeleteInsightTypeResponse:
        """Remove a kind of insight."""
        self._conversation.types.delete(self._identify(context), request.request_id, request.key)
        return pb.DeleteInsightTypeResponse()

    def NextBestActions(
        self, request: pb.NextBestActionsRequest, context: grpc.ServicerContext
    ) -> pb.NextBestActionsResponse:
        """Rank what to do next."""
        caller, wanted = self._identify(context), wanted_from_wire(request)
        answer = self._actions.decider.decide(
            caller,
            wanted,
            version=request.model_version,
            experiment=request.experiment,
            unit_id=request.unit_id,
        )
        return next_actions_to_wire(answer)

    def RecordActionOutcome(
        self, request: pb.RecordActionOutcomeRequest, context: grpc.ServicerContext
    ) -> pb.RecordActionOutcomeResponse:
        """Record what became of an action."""
        caller, told = self._identify(context), outcome_from_wire(request)
        return pb.RecordActionOutcomeResponse(outcome_id=self._actions.learning.outcomes.record(caller, told))
