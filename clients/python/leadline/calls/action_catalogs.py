"""Keeps the actions to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import uuid4

from leadline.action import ActionCatalog, ActionCatalogVersion
from leadline.convert.action import catalog_to_wire, catalog_version_from_wire
from leadline.errors import LeadlineError
from leadline.transport import Transport
from leadline.v1 import action_catalog_service_pb2 as pb

_PAGE: Final = 200


class ActionCatalogCalls:
    """Keeps the actions to choose from."""

    _transport: Transport

    def publish_action_catalog(
        self,
        catalog: ActionCatalog,
        request_id: str | None = None,
        *,
        reason: str = "",
        validate_only: bool = False,
        keep_inactive: bool = False,
        timeout: timedelta | None = None,
    ) -> ActionCatalogVersion:
        """Publish a catalogue as a new version, put it into use, and return it as it is kept.

        Args:
            catalog: What it holds.
            request_id: Idempotency key; None makes one.
            reason: Why; kept in the history.
            validate_only: Check it, but keep nothing: the answer's version is 0.
            keep_inactive: Leave the one in use in use.
            timeout: Deadline of the call.

        Raises:
            InvalidRequest: Names what is wrong, for example ``catalog.actions[3].eligibility``.
            AlreadyExists: If ``request_id`` was used for another request.
        """
        key = request_id or uuid4().hex
        request = pb.PublishActionCatalogRequest(
            request_id=key,
            catalog=catalog_to_wire(catalog, "catalog"),
            validate_only=validate_only,
            keep_inactive=keep_inactive,
            reason=reason,
        )
        try:
            response = self._transport.call(
                self._transport.action_catalogs.PublishActionCatalog, request, timeout=timeout
            )
        except LeadlineError as problem:
            problem.request_id = key
            raise
        return catalog_version_from_wire(response.catalog_version)

    def action_catalog(self, version: int = 0, *, timeout: timedelta | None = None) -> ActionCatalogVersion:
        """Return a catalogue.

        Args:
            version: 0: the one in use, or where none was published the built-in one, which is version 0.
            timeout: Deadline of the call.

        Raises:
            NotFound: If there is no such version.
        """
        method = self._transport.action_catalogs.GetActionCatalog
        response = self._transport.call(method, pb.GetActionCatalogRequest(version=version), timeout=timeout)
        return catalog_version_from_wire(response.catalog_version)

    def action_catalogs(
        self, *, page_size: int = _PAGE, timeout: timedelta | None = None
    ) -> Iterator[ActionCatalogVersion]:
        """Yield published versions, newest first, without their actions; pages are fetched as they are needed.

        Args:
            page_size: Versions in one call, 1 to 1,000.
            timeout: Deadline of each call.
        """
        request = pb.ListActionCatalogsRequest(page_size=page_size)
        while True:
            response = self._transport.call(
                self._transport.action_catalogs.ListActionCatalogs, request, timeout=timeout
            )
            yield from map(catalog_version_from_wire, response.catalog_versions)
            request.page_token = response.next_page_token
            if not request.page_token:
                return

    def activate_action_catalog(
        self, version: int, request_id: str | None = None, *, reason: str = "", timeout: timedelta | None = None
    ) -> ActionCatalogVersion:
        """Put a published version into use, for example the one before.

        Args:
            version: 1 or more.
            request_id: Idempotency key; None makes one.
            reason: Why; kept in the history.
            timeout: Deadline of the call.

        Raises:
            NotFound: If there is no such version.
        """
        key = request_id or uuid4().hex
        request = pb.ActivateActionCatalogRequest(request_id=key, version=version, reason=reason)
        try:
            response = self._transport.call(
                self._transport.action_catalogs.ActivateActionCatalog, request, timeout=timeout
            )
        except LeadlineError as problem:
            problem.request_id = key
            raise
        return catalog_version_from_wire(response.catalog_version)
