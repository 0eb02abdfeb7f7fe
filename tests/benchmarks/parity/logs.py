"""Public logs of what people did, as events of this product."""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from core.event import FIXED_POINT, MICROSECONDS, Event, EventKind, PageType, Referrer

DATA = Path(os.getenv("PUBLIC_DATA") or Path(__file__).parents[4] / "shared" / "data")
Row = Mapping[str, str]

LIKED, DISLIKED = 4, 2
"""Ratings from and up to which a film is liked and disliked."""
CLICKS: Mapping[str, tuple[EventKind, PageType]] = {
    "home": (EventKind.LINK_CLICKED, PageType.HOME),
    "catalog": (EventKind.ITEM_VIEWED, PageType.CATEGORY),
    "search": (EventKind.SEARCH_PERFORMED, PageType.SEARCH),
    "filter_results": (EventKind.FILTER_APPLIED, PageType.SEARCH),
    "product_view": (EventKind.ITEM_VIEWED, PageType.DETAIL),
    "review_page": (EventKind.ITEM_VIEWED, PageType.OTHER),
    "promo_page": (EventKind.ITEM_VIEWED, PageType.COLLECTION),
    "wishlist_add": (EventKind.ITEM_SAVED, PageType.DETAIL),
    "compare": (EventKind.ITEM_COMPARED, PageType.DETAIL),
    "add_to_cart": (EventKind.ITEM_ADDED_TO_CART, PageType.DETAIL),
    "cart": (EventKind.LINK_CLICKED, PageType.CART),
    "shipping_details": (EventKind.BOOKING_REQUESTED, PageType.CHECKOUT),
    "payment_details": (EventKind.LINK_CLICKED, PageType.CHECKOUT),
    "purchase": (EventKind.ITEM_PURCHASED, PageType.CHECKOUT),
    "support_chat": (EventKind.INQUIRY_SENT, PageType.OTHER),
}
"""By the shop's name of an event; all others are links clicked."""
CHANNELS: Mapping[str, Referrer] = {
    "organic": Referrer.SEARCH_ENGINE,
    "paid_search": Referrer.ADVERTISEMENT,
    "email": Referrer.EMAIL,
    "social": Referrer.SOCIAL,
    "direct": Referrer.DIRECT,
}
PRODUCTS = 3
"""The shop's log names no products: each visit of a lead stands for one of so many, in turn."""


def cdnow() -> Iterator[Event]:
    """Yield purchases of discs, in the order of their days; how many discs it were stands for the item."""
    for number, row in enumerate(_rows("cdnow/transactions.csv.gz"), 1):
        discs = row["number_of_cds"]
        yield _event(
            number,
            row["customer_id"],
            EventKind.ITEM_PURCHASED,
            _microseconds(f"{row['date']} 00:00:00"),
            item_id=f"discs-{discs}",
            value_e4=round(float(row["dollar_value"]) * FIXED_POINT),
            quantity=int(discs),
        )


def movielens() -> Iterator[Event]:
    """Yield ratings of films: liked, disliked or only seen; the first genre is the item's type, its year the place."""
    films = {row["item_id"]: row for row in _rows("movielens_100k/items.csv.gz")}
    for number, row in enumerate(_rows("movielens_100k/interactions.csv.gz"), 1):
        rating, film = float(row["rating"]), films.get(row["item_id"], {})
        opinion = EventKind.ITEM_LIKED if rating >= LIKED else EventKind.ITEM_DISLIKED
        yield _event(
            number,
            row["user_id"],
            EventKind.ITEM_VIEWED if DISLIKED < rating < LIKED else opinion,
            int(float(row["timestamp"])) * MICROSECONDS,
            item_id=row["item_id"],
            item_type=film.get("class", "").partition(" ")[0],
            item_location=film.get("release_year", ""),
            item_price_e4=round(rating * FIXED_POINT),
        )


def shop_clickstream() -> Iterator[Event]:
    """Yield clicks in a shop, with session, device and referrer."""
    visits: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for number, row in enumerate(_rows("shop_clickstream/events.csv.gz"), 1):
        lead_id, visit = row["user_id"], row["session_id"]
        if visit not in visits:
            visits[visit] = f"product-{counts[lead_id] % PRODUCTS}"
            counts[lead_id] += 1
        kind, page = CLICKS.get(row["event"], (EventKind.LINK_CLICKED, PageType.OTHER))
        yield _event(
            number,
            lead_id,
            kind,
            _microseconds(row["timestamp"]),
            item_id=visits[visit],
            session_id=visit,
            page_type=page.value,
            device=row["platform"],
            referrer=CHANNELS.get(row["acquisition_channel"], Referrer.OTHER).value,
        )


LOGS: Mapping[str, Callable[[], Iterator[Event]]] = {
    "cdnow": cdnow,
    "movielens_100k": movielens,
    "shop_clickstream": shop_clickstream,
}
"""By the name of the data set."""


def available(name: str) -> bool:
    """Return whether a data set is there."""
    return (DATA / name).is_dir()


def _rows(file: str) -> Iterator[Row]:
    with gzip.open(DATA / file, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _event(number: int, lead_id: str, kind: EventKind, occurred_us: int, **fields: str | int) -> Event:
    """Return an event as it was sent: recorded when it happened, with no sequence number yet."""
    return Event(
        sequence=0,
        event_id=f"e{number}",
        lead_id=lead_id,
        kind=kind.value,
        occurred_us=occurred_us,
        recorded_us=occurred_us,
        **fields,  # type: ignore[arg-type]
    )


def _microseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * MICROSECONDS
