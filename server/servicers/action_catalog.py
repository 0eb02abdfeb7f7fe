"""ActionCatalogService."""

from __future__ import annotations

import grpc
from leadline.v1 import action_catalog_service_pb2 as pb
from leadline.v1 import action_catalog_service_pb2_grpc

from core.paging import decode_page_token, encode_page_token, page_limit, page_token_error
from core.ports import Clock
from server.actions import Actions
from server.convert.action_catalog import catalog_from_wire, published, summary_to_wire, version_to_wire
from server.identity import Identify

_LIST = "action_catalogs"


class ActionCatalogServicer(action_catalog_service_pb2_grpc.ActionCatalogServiceServicer):
    """Wire face of :mod:`core.actions.publishing`."""

    def __init__(self, actions: Actions, identify: Identify, clock: Clock) -> None:
        self._actions = actions
        self._identify = identify
        self._clock = clock

    def PublishActionCatalog(
        self, request: pb.PublishActionCatalogRequest, context: grpc.ServicerContext
    ) -> pb.PublishActionCatalogResponse:
        """Publish a catalogue."""
        kept = self._actions.publishing.publish(
            self._identify(context),
            request.request_id,
            catalog_from_wire(request.catalog),
            request.reason,
            validate_only=request.validate_only,
            keep_inactive=request.keep_inactive,
        )
        return published(kept)

    def GetActionCatalog(
        self, request: pb.GetActionCatalogRequest, context: grpc.ServicerContext
    ) -> pb.GetActionCatalogResponse:
        """Read a version."""
        version = self._actions.publishing.get(self._identify(context).tenant, request.version)
        return pb.GetActionCatalogResponse(catalog_version=version_to_wire(version))

    def ListActionCatalogs(
        self, request: pb.ListActionCatalogsRequest, context: grpc.ServicerContext
    ) -> pb.ListActionCatalogsResponse:
        """List versions."""
        tenant = self._identify(context).tenant
        before = _version_of(decode_page_token(request.page_token, tenant, _LIST, {}))
        page = self._actions.publishing.list(tenant, limit=page_limit(request.page_size), before=before)
        token = encode_page_token(tenant, _LIST, {}, page.next_key)
        return pb.ListActionCatalogsResponse(catalog_versions=map(summary_to_wire, page.items), next_page_token=token)

    def ActivateActionCatalog(
        self, request: pb.ActivateActionCatalogRequest, context: grpc.ServicerContext
    ) -> pb.ActivateActionCatalogResponse:
        """Put a version into use."""
        caller = self._identify(context)
        kept = self._actions.publishing.activate(caller, request.request_id, request.version, request.reason)
        return pb.ActivateActionCatalogResponse(catalog_version=version_to_wire(kept))


def _version_of(key: str | None) -> int | None:
    """Return the version after which a page begins; whoever makes a token up gets an error, not a crash."""
    if key is None:
        return None
    if not (key.isascii() and key.isdigit() and len(key) < 10):  # noqa: PLR2004  far more than there will be
        raise page_token_error()
    return int(key)
