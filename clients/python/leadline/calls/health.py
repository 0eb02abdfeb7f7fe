"""AssessHealth of IntelligenceService."""

from __future__ import annotations

from datetime import timedelta

from leadline.convert.health import health_from_wire
from leadline.health import LeadHealth
from leadline.transport import Transport
from leadline.v1 import intelligence_service_pb2 as pb


class HealthCalls:
    """Says how leads are."""

    _transport: Transport

    def health(self, lead_id: str, *, timeout: timedelta | None = None) -> LeadHealth:
        """Say how a lead is: its health with reasons, its level, and what to ask for.

        It blocks; from a coroutine call it with ``await asyncio.to_thread(client.health, lead_id)``.

        Args:
            lead_id: The lead: stored, or one with events.
            timeout: Deadline of the call.

        Raises:
            NotFound: If the lead is neither stored nor has events.
        """
        request = pb.AssessHealthRequest(lead_id=lead_id)
        method = self._transport.intelligence.AssessHealth
        return health_from_wire(self._transport.call(method, request, timeout=timeout).health)
