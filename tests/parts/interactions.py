"""What a lead did, as recommenders see it."""

from __future__ import annotations

from core.recommend.preference import LeadInteractions


def interactions_of(events):
    """Return what the events of one lead come to, in any order."""
    said = LeadInteractions()
    for event in events:
        said.add(event)
    return said.interactions()
