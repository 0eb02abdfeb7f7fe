"""How a call goes out: deadline, credential, retries and errors, the same for all of them."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib.resources import files
from typing import Final, TypeVar

import grpc

from leadline.details import error_from_call
from leadline.errors import InvalidRequest, ResourceExhausted, Violation
from leadline.throttle import Throttle
from leadline.v1 import (
    access_service_pb2_grpc,
    action_catalog_service_pb2_grpc,
    audit_service_pb2_grpc,
    catalog_service_pb2_grpc,
    event_service_pb2_grpc,
    experiment_service_pb2_grpc,
    feature_service_pb2_grpc,
    feedback_service_pb2_grpc,
    intelligence_service_pb2_grpc,
    lead_service_pb2_grpc,
    model_service_pb2_grpc,
    monitoring_service_pb2_grpc,
    recommendation_service_pb2_grpc,
    scoring_service_pb2_grpc,
    system_service_pb2_grpc,
)

Request = TypeVar("Request")
Response = TypeVar("Response")

_SERVICE_CONFIG: Final = "service_config.json"
_CHANNEL_OPTIONS: Final = "channel_options.json"


def open_channel(target: str, credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
    """Return a channel with the published settings. It connects at the first call.

    ``service_config.json`` says what is retried, ``channel_options.json`` the rest: clients in other languages load the
    same files.

    Args:
        target: ``host:port`` or another gRPC target, for example ``dns:///leadline:50051``.
        credentials: For TLS; without them the channel is plain text.
    """
    options = channel_options()
    if credentials is None:
        return grpc.insecure_channel(target, options=options)
    return grpc.secure_channel(target, credentials, options=options)


def channel_options() -> tuple[tuple[str, int | str], ...]:
    """Return the published settings of channels."""
    published: dict[str, int] = json.loads(_published(_CHANNEL_OPTIONS))
    return (("grpc.service_config", _published(_SERVICE_CONFIG)), *published.items())


def metadata_of(api_key: str | None) -> tuple[tuple[str, str], ...]:
    """Return what every call carries.

    Raises:
        InvalidRequest: If the key cannot be sent; the message does not repeat it.
    """
    if api_key and not (api_key.isascii() and api_key.isprintable()):
        raise InvalidRequest.of([Violation(field="api_key", rule="must be printable ASCII")])
    return (("authorization", f"Bearer {api_key}"),) if api_key else ()


def _published(name: str) -> str:
    return files("leadline").joinpath(name).read_text(encoding="utf-8")


class Transport:
    """The stubs of one channel, with what every call carries.

    Args:
        channel: Where the calls go.
        timeout: Deadline of a call that names none, above 0.
        api_key: Sent as a bearer token with every call; None sends nothing.

    Raises:
        InvalidRequest: If the key cannot be sent; the message does not repeat it.
    """

    def __init__(self, channel: grpc.Channel, *, timeout: timedelta, api_key: str | None) -> None:
        self.timeout = timeout
        self._throttle = Throttle()
        self.metadata = metadata_of(api_key)
        self.scoring = scoring_service_pb2_grpc.ScoringServiceStub(channel)
        self.leads = lead_service_pb2_grpc.LeadServiceStub(channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(channel)
        self.feedback = feedback_service_pb2_grpc.FeedbackServiceStub(channel)
        self.events = event_service_pb2_grpc.EventServiceStub(channel)
        self.monitoring = monitoring_service_pb2_grpc.MonitoringServiceStub(channel)
        self.experiments = experiment_service_pb2_grpc.ExperimentServiceStub(channel)
        self.features = feature_service_pb2_grpc.FeatureServiceStub(channel)
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        self.recommendations = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)
        self.intelligence = intelligence_service_pb2_grpc.IntelligenceServiceStub(channel)
        self.action_catalogs = action_catalog_service_pb2_grpc.ActionCatalogServiceStub(channel)
        self.access = access_service_pb2_grpc.AccessServiceStub(channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(channel)
        self.system = system_service_pb2_grpc.SystemServiceStub(channel)

    def call(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        timeout: timedelta | None,
        at_least: timedelta = timedelta(0),
    ) -> Response:
        """Make one call, retries included.

        Args:
            method: Of one of the stubs.
            request: Its message.
            timeout: Deadline over all attempts; None means the default, but not below ``at_least``.
            at_least: What a method that is slow by nature needs.

        Raises:
            LeadlineError: However the call failed.
        """
        seconds = (max(self.timeout, at_least) if timeout is None else timeout).total_seconds()
        self._throttle.check(method)
        try:
            response = method(request, timeout=seconds, metadata=self.metadata)
        except grpc.RpcError as problem:
            error = error_from_call(problem)
            if not isinstance(error, ResourceExhausted):
                self._throttle.answered(method)
            raise error from problem
        self._throttle.answered(method)
        return response
