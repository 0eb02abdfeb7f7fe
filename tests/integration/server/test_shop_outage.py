"""What is recommended while the store does not answer."""

from __future__ import annotations

import time

import grpc
import pytest
from leadline.v1 import recommendation_service_pb2 as pb

from core.errors import DependencyDown
from tests.parts.reason_checker import check_answer
from tests.parts.serving import served_here
from tests.parts.shopping import Shop, make_items


class Broken:
    """A database that gives out nothing."""

    def __init__(self, database, monkeypatch):
        self._database = database
        self._patch = monkeypatch

    def break_down(self):
        def refuse(_tenant):
            raise DependencyDown("store")

        for name in ("read", "write", "snapshot"):
            self._patch.setattr(self._database, name, refuse)


def test_what_is_in_memory_still_recommends(home_without_model, monkeypatch):
    with served_here(home_without_model, poll_seconds=0.05) as (server, stubs):
        shop = Shop(stubs.channel)
        shop.put(make_items(40))
        shop.known(40)
        shop.did("l1", ("ITEM_SAVED", "i0"), *(("ITEM_VIEWED", f"i{n}") for n in range(1, 8)))
        before = shop.recommend("l1", limit=5)
        Broken(server.database, monkeypatch).break_down()
        time.sleep(0.2)  # some looks at the store that fail
        after = shop.recommend("l1", limit=5)
        assert [one.item.item_id for one in after.recommendations] == [
            one.item.item_id for one in before.recommendations
        ]
        check_answer(after, shop.world("l1"))
        assert shop.recommendations.FindSimilarItems(pb.FindSimilarItemsRequest(item_id="i0")).items
        with pytest.raises(grpc.RpcError) as raised:
            shop.recommend("never-asked-for")
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        with pytest.raises(grpc.RpcError) as raised:
            shop.put(make_items(1))
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        monkeypatch.undo()
        assert shop.recommend("never-asked-for", limit=5).recommendations


def test_a_catalogue_that_was_never_read_is_unavailable(home_without_model, monkeypatch):
    with served_here(home_without_model, poll_seconds=0.05) as (server, stubs):
        shop = Shop(stubs.channel)
        Broken(server.database, monkeypatch).break_down()
        with pytest.raises(grpc.RpcError) as raised:
            shop.recommendations.FindSimilarItems(pb.FindSimilarItemsRequest(item_id="i0"))
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        monkeypatch.undo()
