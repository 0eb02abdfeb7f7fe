from __future__ import annotations

import asyncio
import threading
from concurrent import futures
from datetime import timedelta

import grpc
import pytest
from leadline import AsyncClient, ConversationMessage, DeadlineExceeded, InvalidRequest, NotFound
from leadline.v1 import health_pb2, intelligence_service_pb2_grpc
from leadline.v1 import intelligence_service_pb2 as pb


class Intelligence(intelligence_service_pb2_grpc.IntelligenceServiceServicer):
    """Knows one lead; waits where it is told to."""

    def __init__(self):
        self.credentials = []
        self.waiting = threading.Event()
        self.ended = threading.Event()

    def Analyze(self, request, context):  # noqa: N802
        self.credentials.append(dict(context.invocation_metadata()).get("authorization"))
        if request.messages[0].text == "wait":
            context.add_callback(self.ended.set)
            self.waiting.set()
            self.ended.wait(20)
        return pb.AnalyzeResponse(message_count=len(request.messages))

    def AssessHealth(self, request, context):  # noqa: N802
        if request.lead_id != "ann":
            context.abort(grpc.StatusCode.NOT_FOUND, "no lead")
        return pb.AssessHealthResponse(health=health_pb2.LeadHealth(lead_id=request.lead_id))

    def NextBestActions(self, request, context):  # noqa: N802
        return pb.NextBestActionsResponse(catalog_version=request.limit)


@pytest.fixture
def intelligence():
    return Intelligence()


@pytest.fixture
def target(intelligence):
    server = grpc.server(futures.ThreadPoolExecutor(4))
    intelligence_service_pb2_grpc.add_IntelligenceServiceServicer_to_server(intelligence, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def says(*texts):
    return [ConversationMessage(text=text) for text in texts]


def test_calls_are_coroutines_and_run_together(target, intelligence):
    async def ask():
        async with AsyncClient(target, api_key="ll_x") as client:
            return await asyncio.gather(
                client.analyze(says("a")), client.analyze(says("a", "b")), client.next_best_actions("ann", limit=7)
            )

    first, second, actions = asyncio.run(ask())
    assert (first.message_count, second.message_count, actions.catalog_version) == (1, 2, 7)
    assert intelligence.credentials == ["Bearer ll_x"] * 2


def test_errors_are_those_of_the_other_client(target):
    async def ask():
        async with AsyncClient(target) as client:
            with pytest.raises(NotFound):
                await client.health("nobody")
            with pytest.raises(InvalidRequest):
                await client.analyze([ConversationMessage(text=5)])
            with pytest.raises(DeadlineExceeded):
                await client.analyze(says("wait"), timeout=timedelta(seconds=0.05))

    asyncio.run(ask())


def test_a_cancelled_coroutine_cancels_its_call(target, intelligence):
    async def ask():
        async with AsyncClient(target) as client:
            task = asyncio.create_task(client.analyze(says("wait")))
            await asyncio.to_thread(intelligence.waiting.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await asyncio.to_thread(intelligence.ended.wait, 10)

    assert asyncio.run(ask())


def test_a_key_that_cannot_be_sent_is_not_repeated():
    with pytest.raises(InvalidRequest) as caught:
        AsyncClient(api_key="geheim\n")
    assert "geheim" not in str(caught.value)
