"""CatalogService."""

from __future__ import annotations

import grpc
from leadline.v1 import catalog_service_pb2 as pb
from leadline.v1 import catalog_service_pb2_grpc

from core.identifiers import check_identifier
from core.paging import decode_page_token, encode_page_token, page_limit
from core.ports import Clock
from server.convert.catalog import item_ids_from_wire, items_from_wire, stored_item_to_wire
from server.convert.times import time_from_wire
from server.identity import Identify
from server.shop import Shop

_LIST = "items"


class CatalogServicer(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Wire face of :class:`core.recommend.catalog.CatalogStore`."""

    def __init__(self, shop: Shop, identify: Identify, clock: Clock) -> None:
        self._shop = shop
        self._identify = identify
        self._clock = clock

    def UpsertItems(self, request: pb.UpsertItemsRequest, context: grpc.ServicerContext) -> pb.UpsertItemsResponse:
        """Write items."""
        caller, items = self._identify(context), items_from_wire(request)
        counts = self._shop.catalog.upsert(caller, check_identifier(request.request_id, "request_id"), items)
        self._shop.shelves.wake()
        return pb.UpsertItemsResponse(created_count=counts.created, updated_count=counts.updated)

    def DeleteItems(self, request: pb.DeleteItemsRequest, context: grpc.ServicerContext) -> pb.DeleteItemsResponse:
        """Delete items."""
        caller, item_ids = self._identify(context), item_ids_from_wire(request)
        deleted = self._shop.catalog.delete(caller, check_identifier(request.request_id, "request_id"), item_ids)
        self._shop.shelves.wake()
        return pb.DeleteItemsResponse(deleted_count=deleted)

    def ListItems(self, request: pb.ListItemsRequest, context: grpc.ServicerContext) -> pb.ListItemsResponse:
        """List items."""
        tenant, since = self._identify(context).tenant, request.updated_since_time
        updated_since = time_from_wire(since, "updated_since_time") if request.HasField("updated_since_time") else None
        filters = {"item_type": request.item_type, "updated_since": str(updated_since)}
        page = self._shop.catalog.list(
            tenant,
            limit=page_limit(request.page_size),
            after=decode_page_token(request.page_token, tenant, _LIST, filters),
            item_type=request.item_type,
            updated_since=updated_since,
        )
        token = encode_page_token(tenant, _LIST, filters, page.next_key)
        return pb.ListItemsResponse(items=map(stored_item_to_wire, page.items), next_page_token=token)
