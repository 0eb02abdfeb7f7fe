"""AccessService."""

from __future__ import annotations

import grpc
from leadline.v1 import access_service_pb2 as pb
from leadline.v1 import access_service_pb2_grpc

from core.access.api_keys import ApiKeys
from core.paging import decode_page_token, encode_page_token, page_limit
from core.ports import Clock
from server.convert.access import DEFAULT_PAGE, key_to_wire, overlap_from_wire, terms_from_wire
from server.identity import Identify

_LIST = "api_keys"


class AccessServicer(access_service_pb2_grpc.AccessServiceServicer):
    """Wire face of :class:`core.access.api_keys.ApiKeys`."""

    def __init__(self, keys: ApiKeys, identify: Identify, clock: Clock) -> None:
        self._keys = keys
        self._identify = identify
        self._clock = clock

    def CreateApiKey(self, request: pb.CreateApiKeyRequest, context: grpc.ServicerContext) -> pb.CreateApiKeyResponse:
        """Make a key."""
        issued = self._keys.create(self._identify(context), request.request_id, terms_from_wire(request))
        return pb.CreateApiKeyResponse(key=key_to_wire(issued.key, self._clock()), secret=issued.secret)

    def ListApiKeys(self, request: pb.ListApiKeysRequest, context: grpc.ServicerContext) -> pb.ListApiKeysResponse:
        """List keys."""
        tenant, now = self._identify(context).tenant, self._clock()
        after = decode_page_token(request.page_token, tenant, _LIST, {})
        page = self._keys.list(tenant, limit=page_limit(request.page_size, default=DEFAULT_PAGE), after=after)
        token = encode_page_token(tenant, _LIST, {}, page.next_key)
        return pb.ListApiKeysResponse(keys=[key_to_wire(key, now) for key in page.items], next_page_token=token)

    def RotateApiKey(self, request: pb.RotateApiKeyRequest, context: grpc.ServicerContext) -> pb.RotateApiKeyResponse:
        """Give a key a second secret."""
        caller, overlap = self._identify(context), overlap_from_wire(request)
        issued = self._keys.rotate(caller, request.request_id, request.key_id, overlap)
        return pb.RotateApiKeyResponse(key=key_to_wire(issued.key, self._clock()), secret=issued.secret)

    def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, context: grpc.ServicerContext) -> pb.RevokeApiKeyResponse:
        """End a key."""
        key = self._keys.revoke(self._identify(context), request.request_id, request.key_id, request.reason)
        return pb.RevokeApiKeyResponse(key=key_to_wire(key, self._clock()))
