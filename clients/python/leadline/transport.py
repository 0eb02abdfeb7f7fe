"""How a call goes out: deadline, credential, retries and errors, the same for all of them."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from typing import Final, TypeVar

import grpc

from leadline.details import error_from_call
from leadline.errors import InvalidRequest, Violation
from leadline.v1 import lead_service_pb2_grpc, model_service_pb2_grpc, scoring_service_pb2_grpc, system_service_pb2_grpc

Request = TypeVar("Request")
Response = TypeVar("Response")

MAX_RECEIVE_BYTES: Final = 64 * 1024 * 1024
MAX_SEND_BYTES: Final = 72 * 1024 * 1024
_KEEPALIVE: Final = timedelta(seconds=30)
_KEEPALIVE_ANSWER: Final = timedelta(seconds=10)
_MILLISECOND: Final = timedelta(milliseconds=1)


def open_channel(target: str, credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
    """Return a channel with the retries of ``service_config.json``. It connects at the first call.

    Args:
        target: ``host:port`` or another gRPC target, for example ``dns:///leadline:50051``.
        credentials: For TLS; without them the channel is plain text.
    """
    options = (
        ("grpc.service_config", files("leadline").joinpath("service_config.json").read_text(encoding="utf-8")),
        ("grpc.keepalive_time_ms", _KEEPALIVE // _MILLISECOND),
        ("grpc.keepalive_timeout_ms", _KEEPALIVE_ANSWER // _MILLISECOND),
        ("grpc.max_receive_message_length", MAX_RECEIVE_BYTES),
        ("grpc.max_send_message_length", MAX_SEND_BYTES),
        # A request above this size is never retried, and the default of 256 KiB is below a usual batch.
        ("grpc.per_rpc_retry_buffer_size", MAX_SEND_BYTES),
    )
    if credentials is None:
        return grpc.insecure_channel(target, options=options)
    return grpc.secure_channel(target, credentials, options=options)


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
        if api_key and not (api_key.isascii() and api_key.isprintable()):
            raise InvalidRequest.of([Violation(field="api_key", rule="must be printable ASCII")])
        self.timeout = timeout
        self.metadata = (("authorization", f"Bearer {api_key}"),) if api_key else ()
        self.scoring = scoring_service_pb2_grpc.ScoringServiceStub(channel)
        self.leads = lead_service_pb2_grpc.LeadServiceStub(channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(channel)
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
        seconds = (timeout or max(self.timeout, at_least)).total_seconds()
        try:
            return method(request, timeout=seconds, metadata=self.metadata)
        except grpc.RpcError as problem:
            raise error_from_call(problem) from problem
