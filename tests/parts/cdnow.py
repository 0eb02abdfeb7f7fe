"""Customers of a record shop: all that those who first bought early in 1997 bought until the middle of 1998.

Fader and Hardie (2001), "Forecasting repeat sales at CDNOW". A customer is a lead; the question stands at the end of
September 1997: does it buy again within 39 weeks?
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from core.event import EventKind
from training.table import LeadMapping, OutcomeRule

DATA = Path(os.getenv("PUBLIC_DATA") or Path(__file__).parents[3] / "shared" / "data")
FILE = DATA / "cdnow" / "transactions.csv.gz"
MOMENT = datetime(1997, 10, 1, tzinfo=UTC)
"""When every customer is judged: the end of 1997-09-30."""
HORIZON = timedelta(weeks=39)
TRAINING_SHARE = 0.7
_NOON = timedelta(hours=12)
"""The data has days; a purchase is taken to be at noon."""
_LEAD_COLUMNS = ("lead_id", "posted_time", "price", "scored_time", "bought", "known_time")
_EVENT_COLUMNS = ("event_id", "lead_id", "kind", "occurred_time", "quantity", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One order."""

    time: datetime
    quantity: int
    value: float
    """Dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer with all orders, oldest first."""

    customer_id: str
    purchases: tuple[Purchase, ...]

    @property
    def buys_again(self) -> bool:
        """Whether it buys within the horizon after the moment."""
        return any(MOMENT <= purchase.time < MOMENT + HORIZON for purchase in self.purchases)

    @property
    def known(self) -> tuple[Purchase, ...]:
        """What it bought before the moment: the first order at least."""
        return tuple(purchase for purchase in self.purchases if purchase.time < MOMENT)

    @property
    def is_training(self) -> bool:
        """Whether it is one of the customers to train on: the same ones whatever else is in the file."""
        return _share(self.customer_id, "part") < TRAINING_SHARE


def read_customers(file: Path = FILE) -> list[Customer]:
    """Return every customer, in an order that means nothing: that of the file is the order of first orders."""
    orders: dict[str, list[Purchase]] = {}
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            time = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC) + _NOON
            purchase = Purchase(time=time, quantity=int(row["number_of_cds"]), value=float(row["dollar_value"]))
            orders.setdefault(row["customer_id"], []).append(purchase)
    customers = [
        Customer(customer_id=name, purchases=tuple(sorted(found, key=lambda purchase: purchase.time)))
        for name, found in orders.items()
    ]
    return sorted(customers, key=lambda customer: _share(customer.customer_id, "order"))


def write_leads(path: Path, customers: Sequence[Customer]) -> LeadMapping:
    """Write customers as labelled leads: what a lead says of itself is the day and the value of its first order.

    Returns:
        The mapping of the file.
    """
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(_LEAD_COLUMNS)
        for customer in customers:
            first = customer.purchases[0]
            known = MOMENT + HORIZON
            rows.writerow(
                [customer.customer_id, first.time, first.value, MOMENT, int(customer.buys_again), known],
            )
    return LeadMapping(
        outcome=OutcomeRule(column="bought", time_column="known_time"),
        fields={"lead_id": ("lead_id",), "posted_time": ("posted_time",), "price": ("price",)},
        scoring_column="scored_time",
    )


def write_events(path: Path, customers: Sequence[Customer]) -> None:
    """Write all orders of customers, those after the moment too: a fit must not see them."""
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(_EVENT_COLUMNS)
        for event_id, customer, purchase in orders_of(customers):
            kind = EventKind.ITEM_PURCHASED.value
            rows.writerow(
                [event_id, customer.customer_id, kind, purchase.time.isoformat(), purchase.quantity, purchase.value]
            )


def orders_of(customers: Sequence[Customer]) -> Iterator[tuple[str, Customer, Purchase]]:
    """Yield every order with an id of its own and its customer."""
    for customer in customers:
        for number, purchase in enumerate(customer.purchases):
            yield f"{customer.customer_id}-{number}", customer, purchase


def _share(name: str, salt: str) -> float:
    """Return a number in [0, 1) that depends on a name alone."""
    return int.from_bytes(blake2b(f"{salt}:{name}".encode(), digest_size=8).digest()) / 2**64
