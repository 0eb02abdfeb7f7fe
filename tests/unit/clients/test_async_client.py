from __future__ import annotations

import asyncio
import threading
from concurrent import futures
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from leadline import AsyncClient, ConversationMessage, DeadlineExceeded, InvalidRequest, NotFound
from leadline.v1 import health_pb2, intelligence_service_pb2_grpc
from leadline.v1 import intelligence_service_pb2 as pb

NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


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


def test_a_client_may_be_made_before_there_is_a_loop(target):
    client = AsyncClient(target)

    async def ask():
        async with client:
            return await client.health("ann")

    assert asyncio.run(ask()).lead_id == "ann"


def test_a_closed_client_stays_closed(target):
    async def ask():
        client = AsyncClient(target)
        await client.close()
        with pytest.raises(ValueError, match="closed"):
            await client.health("ann")

    asyncio.run(ask())


def test_calls_that_were_cancelled_hold_no_others_back(target, intelligence):
    async def ask():
        async with AsyncClient(target) as client:
            await client.analyze(says("a"))
            for _ in range(200):
                task = asyncio.create_task(client.analyze(says("a")))
                await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            return [await client.analyze(says("a")) for _ in range(20)]

    assert len(asyncio.run(ask())) == 20


@pytest.mark.parametrize(
    ("message", "as_of", "field"),
    [
        (ConversationMessage(text=5), None, "messages[0].text"),
        (ConversationMessage(text="secret \ud800"), None, "messages[0].text"),
        (ConversationMessage(text="a", message_id=5), None, "messages[0].message_id"),
        (ConversationMessage(text="a", send_time=NAIVE), None, "messages[0].send_time"),
        (ConversationMessage(text="a", send_time="now"), None, "messages[0].send_time"),
        (ConversationMessage(text="a"), NAIVE, "as_of_time"),
    ],
)
def test_what_cannot_be_sent_is_named_and_not_repeated(target, message, as_of, field):
    async def ask():
        async with AsyncClient(target) as client:
            await client.analyze([message], as_of_time=as_of)

    with pytest.raises(InvalidRequest) as caught:
        asyncio.run(ask())
    assert [violation.field for violation in caught.value.violations] == [field]
    assert "secret" not in str(caught.value)
