"""The use cases behind ActionCatalogService."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.actions.action import Action
from core.actions.builtin import BUILT_IN
from core.actions.catalog import (
    LONGEST_REASON,
    ActionCatalog,
    ActionCatalogStore,
    ActionCatalogVersion,
    CatalogSummary,
)
from core.actions.catalogs import ActionCatalogs
from core.actions.wording import check_wording
from core.caller import Caller
from core.criteria.checking import check
from core.criteria.facts import FieldType
from core.errors import InvalidInput, Violation
from core.identifiers import TenantId, check_identifier
from core.ports import Page


class CatalogPublishing:
    """Publishes catalogues of actions and reads them back.

    Args:
        store: Where they are kept.
        catalogs: Those in use.
        fields: What criteria may compare, by name.
    """

    def __init__(self, store: ActionCatalogStore, catalogs: ActionCatalogs, fields: Mapping[str, FieldType]) -> None:
        self._store = store
        self._catalogs = catalogs
        self._fields = fields

    def publish(
        self,
        caller: Caller,
        request_id: str,
        catalog: ActionCatalog,
        reason: str,
        *,
        validate_only: bool = False,
        keep_inactive: bool = False,
    ) -> ActionCatalogVersion:
        """Keep a catalogue as a new version, and put it into use.

        Args:
            caller: Who publishes.
            request_id: The idempotency key.
            catalog: What to keep.
            reason: Why, in the caller's words.
            validate_only: Check it, but keep nothing: the answer's version is 0.
            keep_inactive: Leave the one in use in use.

        Raises:
            InvalidInput: Names every broken field.
            AlreadyExists: If the request id was used for another catalogue.
        """
        check_identifier(request_id, "request_id")
        _check_reason(reason)
        check_catalog(catalog, self._fields)
        if validate_only:
            return ActionCatalogVersion(version=0, catalog=catalog, is_active=False, reason=reason)
        kept = self._store.publish(caller, request_id, catalog, activate=not keep_inactive, reason=reason)
        self._catalogs.forget(caller.tenant)
        return kept

    def activate(self, caller: Caller, request_id: str, version: int, reason: str) -> ActionCatalogVersion:
        """Put a published version into use.

        Raises:
            InvalidInput: If the request id, the version or the reason is not well formed.
            NotFound: If the tenant has no such version.
            AlreadyExists: If the request id was used for something else.
        """
        check_identifier(request_id, "request_id")
        _check_reason(reason)
        if version < 1:
            raise InvalidInput.of("version", "must be 1 or more")
        kept = self._store.activate(caller, request_id, version, reason)
        self._catalogs.forget(caller.tenant)
        return kept

    def get(self, tenant: TenantId, version: int) -> ActionCatalogVersion:
        """Return a version; 0: the one in use, or where there is none the built-in one.

        Raises:
            InvalidInput: If the version is below 0.
            NotFound: If the tenant has no such version.
        """
        if version < 0:
            raise InvalidInput.of("version", "must not be negative")
        if version:
            return self._store.get(tenant, version)
        return self._store.active(tenant) or ActionCatalogVersion(version=0, catalog=BUILT_IN, is_active=True)

    def list(self, tenant: TenantId, *, limit: int, before: int | None) -> Page[CatalogSummary]:
        """Return a page of versions, newest first."""
        return self._store.list(tenant, limit=limit, before=before)


def check_catalog(catalog: ActionCatalog, fields: Mapping[str, FieldType]) -> None:
    """Do nothing if all criteria and wordings of a catalogue speak of fields that there are.

    Raises:
        InvalidInput: Names every one that does not.
    """
    problems: list[Violation] = []
    for at, action in enumerate(catalog.actions):
        for look in _looks(action, fields, f"catalog.actions[{at}]"):
            try:
                look()
            except InvalidInput as problem:
                problems.extend(problem.violations)
    if problems:
        raise InvalidInput(problems)


def _looks(action: Action, fields: Mapping[str, FieldType], path: str) -> list[Callable[[], None]]:
    looks = [lambda: check_wording(action.wording, fields, f"{path}.wording")]
    eligibility = action.eligibility
    if eligibility is not None:
        looks.append(lambda: check(eligibility, fields, f"{path}.eligibility"))
    for at, weight in enumerate(action.context_weights):
        where = f"{path}.context_weights[{at}].criterion"
        looks.append(lambda weight=weight, where=where: check(weight.criterion, fields, where))  # type: ignore[misc]
    return looks


def _check_reason(reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        raise InvalidInput.of("reason", f"must be at most {LONGEST_REASON:,} characters")
    if "\x00" in reason:
        raise InvalidInput.of("reason", "must not hold NUL characters")
