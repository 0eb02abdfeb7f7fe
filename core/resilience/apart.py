"""Does one of several things so that its failure is its own."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import LeadlineError


def problem_of(act: Callable[[], str | None]) -> str:
    """Do it, and return what it tells, or what went wrong in words that hold no data; "" if nothing did."""
    try:
        return act() or ""
    except LeadlineError as failed:
        return failed.message
    except Exception as failed:  # noqa: BLE001  told by its type: its text may hold anything
        return f"unexpected {type(failed).__name__}"
