"""Dead letters: tasks that failed for good."""

from __future__ import annotations

import json
from collections.abc import Mapping

from core.adapters.sql.dead_letter_store import SqlDeadLetters
from core.adapters.sql.walls import ALL_TENANTS
from core.errors import LeadlineError
from core.identifiers import check_identifier


class DeadLetters:
    """Writes letters, of whatever a task was called with.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: SqlDeadLetters) -> None:
        self._store = store

    def bury(self, *, task: str, arguments: Mapping[str, object], problem: str, attempts: int) -> None:
        """Keep a letter.

        Raises:
            DependencyDown: If the database does not work.
        """
        text = json.dumps(arguments, sort_keys=True, ensure_ascii=True, default=str)
        self._store.add(tenant=_tenant(arguments), task=task, arguments=text, problem=problem, attempts=attempts)


def _tenant(arguments: Mapping[str, object]) -> str:
    try:
        return check_identifier(str(arguments.get("tenant", "")), "tenant")
    except LeadlineError:
        return ALL_TENANTS
