"""A question about the past: whose features, as of when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """One row of a backfill.

    Attributes:
        lead_id: Whose.
        item_id: With which item; "" for plans of leads.
        moment_us: When, microseconds since 1970 UTC. Events count that occurred up to it and were known.
        up_to_sequence: Of the newest event that was known, whenever the others were recorded: a reader may not have
            seen yet what another process recorded a moment ago. None: what was recorded before the moment was known.
    """

    lead_id: str
    item_id: str = ""
    moment_us: int
    up_to_sequence: int | None = None
