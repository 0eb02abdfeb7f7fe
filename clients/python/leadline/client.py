"""The client: one channel, every method."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import grpc

from leadline.calls.access import AccessCalls
from leadline.calls.action_catalogs import ActionCatalogCalls
from leadline.calls.actions import ActionCalls
from leadline.calls.audit import AuditCalls
from leadline.calls.catalog import CatalogCalls
from leadline.calls.conversations import ConversationCalls
from leadline.calls.events import EventCalls
from leadline.calls.experiments import ExperimentCalls
from leadline.calls.features import FeatureCalls
from leadline.calls.feedback import FeedbackCalls
from leadline.calls.health import HealthCalls
from leadline.calls.insight_types import InsightTypeCalls
from leadline.calls.insights import InsightCalls
from leadline.calls.leads import LeadCalls
from leadline.calls.models import ModelCalls
from leadline.calls.monitoring import MonitoringCalls
from leadline.calls.recommendations import RecommendationCalls
from leadline.calls.scoring import ScoringCalls
from leadline.calls.system import SystemCalls
from leadline.calls.training import TrainingCalls
from leadline.transport import Transport, open_channel

DEFAULT_TARGET: Final = "127.0.0.1:50051"
DEFAULT_TIMEOUT: Final = timedelta(seconds=5)


class Client(
    ScoringCalls,
    LeadCalls,
    FeedbackCalls,
    EventCalls,
    FeatureCalls,
    CatalogCalls,
    RecommendationCalls,
    InsightCalls,
    ConversationCalls,
    InsightTypeCalls,
    HealthCalls,
    ActionCalls,
    ActionCatalogCalls,
    ModelCalls,
    TrainingCalls,
    MonitoringCalls,
    ExperimentCalls,
    AccessCalls,
    AuditCalls,
    SystemCalls,
):
    """Talks to a Leadline server. One client serves any number of threads; close it when done.

    Args:
        target: Where the server is, ``host:port`` or another gRPC target.
        timeout: Deadline of a call that names none, retries included, above 0.
        api_key: Sent as a bearer token. Give ``credentials`` too unless the way to the server is safe.
        credentials: For TLS, for example ``grpc.ssl_channel_credentials()``; None is plain text.
        channel: A channel of your own, which stays yours to close. Without the options of this client it neither
            retries nor takes messages above 4 MiB.

    Examples:
        >>> with Client() as client:  # doctest: +SKIP
        ...     client.score(Lead(lead_id="a-1", title="Two rooms near the park")).score
        63.2
    """

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
        api_key: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        channel: grpc.Channel | None = None,
    ) -> None:
        self._target = target
        self._channel = channel or open_channel(target, credentials)
        self._owns_channel = channel is None
        self._transport = Transport(self._channel, timeout=timeout, api_key=api_key)

    def close(self) -> None:
        """Close the channel; calls under way end with CANCELLED."""
        if self._owns_channel:
            self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._target!r})"
