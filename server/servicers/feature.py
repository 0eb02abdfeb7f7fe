"""FeatureService."""

from __future__ import annotations

import grpc
from leadline.v1 import feature_service_pb2 as pb
from leadline.v1 import feature_service_pb2_grpc

from server.behavior import Behavior
from server.convert.feature import (
    definitions_to_wire,
    query_from_wire,
    results_to_wire,
    value_types,
    vector_to_wire,
)
from server.identity import Identify


class FeatureServicer(feature_service_pb2_grpc.FeatureServiceServicer):
    """Wire face of the features of leads, and of leads and items.

    Args:
        behavior: Reads them.
        identify: Says who calls.
    """

    def __init__(self, behavior: Behavior, identify: Identify) -> None:
        self._leads = behavior.lead_features
        self._pairs = behavior.interaction_features
        self._identify = identify
        self._plans = (self._leads.live.plan, self._pairs.reader.plan)
        self._lead_types, self._pair_types = map(value_types, self._plans)

    def GetLeadFeatures(
        self, request: pb.GetLeadFeaturesRequest, context: grpc.ServicerContext
    ) -> pb.GetLeadFeaturesResponse:
        """Read the behaviour features of one lead."""
        found = self._leads.get(self._identify(context), request.lead_id, query_from_wire(request))
        return pb.GetLeadFeaturesResponse(vector=vector_to_wire(found, self._lead_types))

    def BatchGetLeadFeatures(
        self, request: pb.BatchGetLeadFeaturesRequest, context: grpc.ServicerContext
    ) -> pb.BatchGetLeadFeaturesResponse:
        """Read the behaviour features of several leads."""
        found = self._leads.get_many(self._identify(context), request.lead_ids, query_from_wire(request))
        return pb.BatchGetLeadFeaturesResponse(results=results_to_wire(found, self._lead_types))

    def GetInteractionFeatures(
        self, request: pb.GetInteractionFeaturesRequest, context: grpc.ServicerContext
    ) -> pb.GetInteractionFeaturesResponse:
        """Read the features of one lead and one item."""
        caller = self._identify(context)
        found = self._pairs.get(caller, request.lead_id, request.item_id, request.feature_names)
        return pb.GetInteractionFeaturesResponse(vector=vector_to_wire(found, self._pair_types))

    def BatchGetInteractionFeatures(
        self, request: pb.BatchGetInteractionFeaturesRequest, context: grpc.ServicerContext
    ) -> pb.BatchGetInteractionFeaturesResponse:
        """Read the features of several pairs."""
        pairs = [(pair.lead_id, pair.item_id) for pair in request.pairs]
        found = self._pairs.get_many(self._identify(context), pairs, request.feature_names)
        return pb.BatchGetInteractionFeaturesResponse(results=results_to_wire(found, self._pair_types))

    def ListFeatureDefinitions(
        self, request: pb.ListFeatureDefinitionsRequest, context: grpc.ServicerContext
    ) -> pb.ListFeatureDefinitionsResponse:
        """List what each feature is."""
        return definitions_to_wire(request, self._plans, self._identify(context).tenant)
