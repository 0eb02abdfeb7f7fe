"""Which tenants have work of a kind."""

from __future__ import annotations

from core.adapters.sql.database import Database
from core.adapters.sql.tables import (
    action_decisions,
    action_outcomes,
    active_versions,
    conversation_messages,
    event_heads,
    lead_feedback,
    lead_outcomes,
    leads,
)
from core.adapters.sql.tenant_list import tenants_of
from core.identifiers import TenantId


class Tenants:
    """Looks up who has work.

    Args:
        database: The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def learning(self) -> tuple[TenantId, ...]:
        """Return the tenants there is something to learn of: those with feedback or with outcomes.

        Raises:
            DependencyDown: If the database does not work.
        """
        return tenants_of(self._database, lead_feedback, lead_outcomes)

    def served(self) -> tuple[TenantId, ...]:
        """Return the tenants that a version serves.

        Raises:
            DependencyDown: If the database does not work.
        """
        return tenants_of(self._database, active_versions)

    def behaving(self) -> tuple[TenantId, ...]:
        """Return the tenants of whose leads there are events.

        Raises:
            DependencyDown: If the database does not work.
        """
        return tenants_of(self._database, event_heads)

    def conversing(self) -> tuple[TenantId, ...]:
        """Return the tenants of whom conversations are stored.

        Raises:
            DependencyDown: If the database does not work.
        """
        return tenants_of(self._database, conversation_messages)

    def acting(self) -> tuple[TenantId, ...]:
        """Return the tenants of whose actions anything became.

        Raises:
            DependencyDown: If the database does not work.
        """
        return tenants_of(self._database, action_outcomes, action_decisions)

    def using(self) -> tuple[TenantId, ...]:
        """Return the tenants that use anything: those with leads, with events, or with a version that serves.

        Raises:
            DependencyDown: If the database does not work.
        """
        return tenants_of(self._database, active_versions, leads, event_heads)

    def watched(self) -> tuple[TenantId, ...]:
        """Return the tenants of which anything may have been noted: those that are served, or learned of.

        Raises:
            DependencyDown: If the database does not work.
        """
        return tenants_of(self._database, active_versions, lead_feedback, lead_outcomes)
