"""Agents and leads whose truth is known."""

from __future__ import annotations

import numpy as np

from core.event import Event
from core.recommend.agents.facts import LeadFacts

BASES = {"loft": 0.1, "house": 0.25, "flat": 0.4}


def agents(seed, *, deficit=0.0, slower=1.0, agent_count=8, leads_each=120):
    """Return leads of agents who differ in their mix of leads alone, but for agent ``a0``.

    Args:
        deficit: What agent ``a0`` converts less, of all its leads.
        slower: By how much agent ``a0`` answers later.
    """
    rng = np.random.default_rng(seed)
    leads = []
    for number in range(agent_count):
        mix = rng.dirichlet([2, 2, 1])
        for place in range(leads_each):
            segment = str(rng.choice(list(BASES), p=mix))
            rate = max(0.0, BASES[segment] - (deficit if number == 0 else 0.0))
            minutes = float(rng.lognormal(3.0, 1.0)) * (slower if number == 0 else 1.0)
            leads.append(
                LeadFacts(
                    lead_id=f"{number}-{place}",
                    agent_id=f"a{number}",
                    segment=segment,
                    was_reached=bool(rng.random() < 0.6),
                    converted=bool(rng.random() < rate) if rng.random() < 0.8 else None,
                    response_minutes=minutes,
                )
            )
    return leads


def browsing(seed, *, sessions=30, change_at=None, dearer=1.0):
    """Return the events of a lead who looks around in sessions that hang together.

    Args:
        change_at: From this session on the lead wants flats instead of lofts.
        dearer: What prices are multiplied by from then on.
    """
    rng = np.random.default_rng(seed)
    events, moment = [], 0
    for session in range(sessions):
        changed = change_at is not None and session >= change_at
        moment += int(rng.exponential(86_400e6)) + 3_600 * 10**6
        wanted = str(rng.choice(["loft", "house", "flat"], p=[0.02, 0.08, 0.9] if changed else [0.8, 0.15, 0.05]))
        price = rng.lognormal(7.5, 0.2) * (dearer if changed else 1.0)
        for step in range(int(rng.poisson(3)) + 1):
            number = len(events) + 1
            at = moment + step * 60 * 10**6
            kind = wanted if rng.random() < 0.7 else str(rng.choice(["loft", "house", "flat"]))
            events.append(
                Event(
                    number,
                    f"e{number}",
                    "l",
                    "item_viewed",
                    at,
                    at,
                    item_id=f"i{number}",
                    item_type=kind,
                    item_location="SoHo",
                    item_price_e4=int(price * rng.lognormal(0, 0.1) * 10_000),
                )
            )
    return events
