"""Sessions of the shop's click stream as rows of features, as somebody would define them who knows only its events."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import numpy as np
import numpy.typing as npt

DATA = Path(os.getenv("PUBLIC_DATA") or Path(__file__).parents[3] / "shared" / "data")
FILE = DATA / "shop_clickstream" / "events.csv.gz"

KINDS = (
    *("home", "catalog", "search", "filter_results", "product_view", "wishlist_add", "compare", "add_to_cart", "cart"),
    *("shipping_details", "payment_details", "purchase", "promo_page", "account_page", "review_page"),
    *("error_page", "support_chat", "payment_error", "checkout_bug"),
)
STEPS = ("product_view", "add_to_cart", "cart", "shipping_details", "payment_details", "purchase")
"""The way to a purchase."""
PLATFORMS = ("desktop", "mobile", "tablet")
CHANNELS = ("organic", "paid_search", "email", "social", "direct")


@dataclass(frozen=True)
class Session:
    """One visit."""

    start: datetime
    end: datetime
    events: tuple[str, ...]
    platform: str
    channel: str


def read_sessions(path: Path = FILE) -> list[Session]:
    """Return the sessions, by their begin."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        events = sorted(csv.DictReader(file), key=itemgetter("session_id", "timestamp"))
    found = [_session(list(group)) for _, group in groupby(events, key=itemgetter("session_id"))]
    return sorted(found, key=lambda session: session.start)


def _session(events: Sequence[Mapping[str, str]]) -> Session:
    moments = [datetime.fromisoformat(event["timestamp"]).replace(tzinfo=UTC) for event in events]
    first = events[0]
    return Session(
        start=moments[0],
        end=moments[-1],
        events=tuple(event["event"] for event in events),
        platform=first["platform"],
        channel=first["acquisition_channel"],
    )


def session_features() -> dict[str, Callable[[Session], float]]:
    """Return the features by name: what was done, how far it went, from where, and on what.

    A step counts only where the step before was reached, on each platform by itself besides.
    """
    features: dict[str, Callable[[Session], float]] = {
        "events": lambda session: float(len(session.events)),
        "minutes": lambda session: (session.end - session.start).total_seconds() / 60.0,
    }
    for kind in KINDS:
        features[f"has.{kind}"] = lambda session, kind=kind: float(kind in session.events)  # type: ignore[misc]
    for before, after in pairwise(STEPS):
        features[f"step.{after}"] = _step(before, after)
    for platform in PLATFORMS:
        features[f"platform.{platform}"] = lambda session, name=platform: float(session.platform == name)  # type: ignore[misc]
        features[f"step.payment_details.{platform}"] = _step("shipping_details", "payment_details", platform)
    for channel in CHANNELS:
        features[f"channel.{channel}"] = lambda session, name=channel: float(session.channel == name)  # type: ignore[misc]
    return features


def _step(before: str, after: str, platform: str = "") -> Callable[[Session], float]:
    def of(session: Session) -> float:
        reached = before in session.events and platform in {"", session.platform}
        return float(after in session.events) if reached else np.nan

    return of


def session_rows(sessions: Iterable[Session]) -> npt.NDArray[np.float32]:
    """Return one row for each session, NaN where a feature has no meaning: float32 (n, f)."""
    features = session_features().values()
    return np.array([[feature(session) for feature in features] for session in sessions], dtype=np.float32)


def within(sessions: Iterable[Session], start: datetime, length: timedelta) -> list[Session]:
    """Return the sessions that began in [start, start + length)."""
    return [session for session in sessions if start <= session.start < start + length]


@dataclass(frozen=True)
class Stretch:
    """Some days of the shop, and the incident its authors planted in them; "" for quiet ones."""

    name: str
    start: datetime
    length: timedelta
    incident: str = ""


WEEK = timedelta(days=7)
INCIDENTS = {
    "viral article": (datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 3, 4, tzinfo=UTC)),
    "checkout bug on mobile": (datetime(2024, 4, 9, tzinfo=UTC), datetime(2024, 5, 10, tzinfo=UTC)),
    "payment incident": (datetime(2024, 5, 19, tzinfo=UTC), datetime(2024, 5, 26, tzinfo=UTC)),
}
"""Begin and end; the last goes on in days that are not here."""
QUIET = (
    (datetime(2024, 1, 15, tzinfo=UTC), INCIDENTS["viral article"][0]),
    (INCIDENTS["viral article"][1], INCIDENTS["checkout bug on mobile"][0]),
    (INCIDENTS["checkout bug on mobile"][1], INCIDENTS["payment incident"][0]),
)
"""Before the middle of January hardly anybody came."""


def stretches() -> list[Stretch]:
    """Return incidents and quiet times by weeks, each from its own begin; what is left of one joins its last week."""
    found = [Stretch("", start, length) for first, end in QUIET for start, length in _weeks(first, end)]
    for incident, (first, end) in INCIDENTS.items():
        found += [Stretch("", start, length, incident) for start, length in _weeks(first, end)]
    found.sort(key=lambda one: one.start)
    return [
        Stretch(
            f"{one.start:%d %b} to {one.start + one.length - timedelta(days=1):%d %b}",
            one.start,
            one.length,
            one.incident,
        )
        for one in found
    ]


def _weeks(first: datetime, end: datetime) -> Iterable[tuple[datetime, timedelta]]:
    start = first
    while end - start >= 2 * WEEK:
        yield start, WEEK
        start += WEEK
    yield start, end - start
