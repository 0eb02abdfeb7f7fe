"""RecommendationService."""

from __future__ import annotations

import grpc
from leadline.v1 import recommendation_service_pb2 as pb
from leadline.v1 import recommendation_service_pb2_grpc

from core.ports import Clock
from server.convert.insights import drift_to_wire, insights_to_wire
from server.convert.recommendation import (
    filter_from_wire,
    limit_from_wire,
    recommendations_to_wire,
    similar_to_wire,
    wanted_from_wire,
)
from server.identity import Identify
from server.insights import Insights
from server.shop import Shop


class RecommendationServicer(recommendation_service_pb2_grpc.RecommendationServiceServicer):
    """Wire face of :mod:`core.recommend`."""

    def __init__(self, shop: Shop, insights: Insights, identify: Identify, clock: Clock) -> None:
        self._shop = shop
        self._insights = insights
        self._identify = identify
        self._clock = clock

    def Recommend(self, request: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        """Recommend items to a lead."""
        caller, wanted = self._identify(context), wanted_from_wire(request)
        answer = self._shop.recommender.recommend(
            caller,
            wanted,
            version=request.model_version,
            experiment=request.experiment,
            unit_id=request.unit_id,
        )
        return recommendations_to_wire(answer)

    def FindSimilarItems(
        self, request: pb.FindSimilarItemsRequest, context: grpc.ServicerContext
    ) -> pb.FindSimilarItemsResponse:
        """Find items like one."""
        answer = self._shop.similar.find(
            self._identify(context).tenant,
            request.item_id,
            limit=limit_from_wire(request.limit),
            wanted=filter_from_wire(request.filter, "filter"),
            version=request.model_version,
        )
        return similar_to_wire(answer)

    def GetAgentInsights(
        self, request: pb.GetAgentInsightsRequest, context: grpc.ServicerContext
    ) -> pb.GetAgentInsightsResponse:
        """Say how an agent does beside its peers."""
        caller = self._identify(context)
        return insights_to_wire(self._insights.agents.insights(caller, request.agent_id, request.days))

    def GetPreferenceDrift(
        self, request: pb.GetPreferenceDriftRequest, context: grpc.ServicerContext
    ) -> pb.GetPreferenceDriftResponse:
        """Say how what a lead wants has changed."""
        return drift_to_wire(self._insights.wishes.drift(self._identify(context), request.lead_id))
