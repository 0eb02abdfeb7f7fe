"""How much of each scenario is run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Lengths and numbers of one form of the driver."""

    name: str
    load_seconds: float
    """Of each stretch of load that is measured."""
    outage_seconds: float
    """Of each outage of a dependency."""
    outages: int
    """Kinds of outages of PostgreSQL; after some of them writes come back only when the circuit breaker lets them."""
    rolls: int
    """Restarts, and kills, of server processes under load."""
    writes: int
    """Writes that are repeated."""
    attempts: int
    """To reach what belongs to another tenant."""
    requests: int
    """Random requests that are valid on the wire."""
    raw: int
    """Random bytes sent as requests."""
    kills: int
    """Of whatever learns, while it does."""


SHORT = Effort(
    name="short",
    load_seconds=1.0,
    outage_seconds=2.0,
    outages=2,
    rolls=2,
    writes=120,
    attempts=300,
    requests=2_000,
    raw=400,
    kills=6,
)
LONG = Effort(
    name="long",
    load_seconds=8.0,
    outage_seconds=30.0,
    outages=4,
    rolls=20,
    writes=4_000,
    attempts=10_000,
    requests=200_000,
    raw=20_000,
    kills=50,
)
