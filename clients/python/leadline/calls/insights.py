"""Calls of RecommendationService that tell of agents and of wishes."""

from __future__ import annotations

from datetime import timedelta

from leadline.convert.insights import drift_from_wire, insights_from_wire
from leadline.insights import AgentInsights, PreferenceDrift
from leadline.transport import Transport
from leadline.v1 import recommendation_service_pb2 as pb


class InsightCalls:
    """Says how agents do, and how what leads want changes."""

    _transport: Transport

    def agent_insights(self, agent_id: str, *, days: int = 0, timeout: timedelta | None = None) -> AgentInsights:
        """Say what an agent does well and where coaching would help, beside its peers.

        Args:
            agent_id: Whom it is about.
            days: Up to now, 1 to 365; 0 means 90.
            timeout: None means the client's.
        """
        request = pb.GetAgentInsightsRequest(agent_id=agent_id, days=days)
        response = self._transport.call(self._transport.recommendations.GetAgentInsights, request, timeout=timeout)
        return insights_from_wire(response)

    def preference_drift(self, lead_id: str, *, timeout: timedelta | None = None) -> PreferenceDrift:
        """Say whether what a lead wants has changed, what, and since when."""
        request = pb.GetPreferenceDriftRequest(lead_id=lead_id)
        response = self._transport.call(self._transport.recommendations.GetPreferenceDrift, request, timeout=timeout)
        return drift_from_wire(response)
