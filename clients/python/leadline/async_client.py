"""The client for programs that run on asyncio: what is asked while a conversation is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

import grpc
from grpc import aio

from leadline.analysis import Analysis
from leadline.client import DEFAULT_TARGET, DEFAULT_TIMEOUT
from leadline.conversation import ConversationMessage
from leadline.convert.analysis import analysis_from_wire, analyze_request
from leadline.convert.health import health_from_wire
from leadline.convert.next_actions import next_actions_from_wire
from leadline.details import error_from_call
from leadline.errors import ResourceExhausted
from leadline.health import LeadHealth
from leadline.next_actions import NextBestActions
from leadline.throttle import Throttle
from leadline.transport import channel_options, metadata_of
from leadline.v1 import intelligence_service_pb2 as pb
from leadline.v1.intelligence_service_pb2_grpc import IntelligenceServiceStub

if TYPE_CHECKING:
    from leadline.v1.intelligence_service_pb2_grpc import IntelligenceServiceAsyncStub

Request = TypeVar("Request")
Response = TypeVar("Response")

_NO_VERSIONS: Final[Mapping[str, str]] = {}


class AsyncClient:
    """Analyses conversations, judges leads and says what to do next, each call a coroutine.

    A coroutine that is cancelled cancels its call. Whatever else :class:`leadline.Client` does can be called with
    ``await asyncio.to_thread(client.score, lead)``.

    It belongs to the event loop of its first call, which connects; it may be made before there is one.

    Args:
        target: As for :class:`leadline.Client`.
        timeout: As for :class:`leadline.Client`.
        api_key: As for :class:`leadline.Client`.
        credentials: As for :class:`leadline.Client`.

    Examples:
        >>> async with AsyncClient() as client:  # doctest: +SKIP
        ...     found = await client.analyze([ConversationMessage(text="Can I see it tomorrow?")])
    """

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
        api_key: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self._target = target
        self._timeout = timeout
        self._metadata = metadata_of(api_key)
        self._throttle = Throttle()
        self._credentials = credentials
        self._channel: aio.Channel | None = None
        self._open_stub: IntelligenceServiceAsyncStub | None = None
        self._is_closed = False

    async def analyze(
        self,
        messages: Sequence[ConversationMessage],
        *,
        lead_id: str = "",
        conversation_id: str = "",
        results_from: int = 0,
        as_of_time: datetime | None = None,
        model_versions: Mapping[str, str] = _NO_VERSIONS,
        experiment: str = "",
        unit_id: str = "",
        timeout: timedelta | None = None,  # noqa: ASYNC109 - gRPC's own deadline, which the server is told
    ) -> Analysis:
        """Say what a conversation says; see :meth:`leadline.Client.analyze`."""
        request = analyze_request(
            messages,
            lead_id=lead_id,
            conversation_id=conversation_id,
            results_from=results_from,
            as_of_time=as_of_time,
            model_versions=model_versions,
            experiment=experiment,
            unit_id=unit_id,
        )
        return analysis_from_wire(await self._call(self._stub.Analyze, request, timeout))

    async def health(
        self,
        lead_id: str,
        *,
        timeout: timedelta | None = None,  # noqa: ASYNC109 - as above
    ) -> LeadHealth:
        """Say how a lead is; see :meth:`leadline.Client.health`."""
        request = pb.AssessHealthRequest(lead_id=lead_id)
        return health_from_wire((await self._call(self._stub.AssessHealth, request, timeout)).health)

    async def next_best_actions(
        self,
        lead_id: str,
        *,
        agent_id: str = "",
        limit: int = 0,
        channels: Sequence[str] = (),
        explain: bool = False,
        catalog_version: int = 0,
        model_version: str = "",
        experiment: str = "",
        unit_id: str = "",
        timeout: timedelta | None = None,  # noqa: ASYNC109 - as above
    ) -> NextBestActions:
        """Rank what to do next for a lead; see :meth:`leadline.Client.next_best_actions`."""
        request = pb.NextBestActionsRequest(
            lead_id=lead_id,
            agent_id=agent_id,
            limit=limit,
            channels=channels,
            explain=explain,
            catalog_version=catalog_version,
            model_version=model_version,
            experiment=experiment,
            unit_id=unit_id,
        )
        return next_actions_from_wire(await self._call(self._stub.NextBestActions, request, timeout))

    async def close(self) -> None:
        """Close the channel, for good; calls under way end with CANCELLED."""
        self._is_closed = True
        if self._channel is not None:
            await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncClient({self._target!r})"

    @property
    def _stub(self) -> IntelligenceServiceAsyncStub:
        # gRPC ties a channel to the loop it is made in: not before the first call, when that runs.
        if self._is_closed:
            raise ValueError("the client is closed")
        if self._open_stub is None:
            self._channel = _open_channel(self._target, self._credentials)
            self._open_stub = IntelligenceServiceStub(self._channel)
        return self._open_stub

    async def _call(
        self,
        method: aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        timeout: timedelta | None,  # noqa: ASYNC109 - as above
    ) -> Response:
        """Make one call, retries included; raises as :meth:`leadline.transport.Transport.call`."""
        seconds = (self._timeout if timeout is None else timeout).total_seconds()
        self._throttle.check(method)
        is_refused = False
        try:
            return await method(request, timeout=seconds, metadata=self._metadata)
        except aio.AioRpcError as problem:
            error = error_from_call(problem)
            is_refused = isinstance(error, ResourceExhausted)
            raise error from problem
        finally:
            # One that its caller cancelled was not refused either.
            if not is_refused:
                self._throttle.answered(method)


def _open_channel(target: str, credentials: grpc.ChannelCredentials | None) -> aio.Channel:
    options = channel_options()
    if credentials is None:
        return aio.insecure_channel(target, options=options)
    return aio.secure_channel(target, credentials, options=options)
