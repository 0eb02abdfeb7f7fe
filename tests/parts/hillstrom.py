"""An e-mail test with three random arms, and what plain counting says of it.

Kevin Hillstrom, MineThatData E-Mail Analytics and Data Mining Challenge, 2008. Only a part of it is in the data folder:
the answers are of that part, counted from its rows.
"""

from __future__ import annotations

import csv
import gzip
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "hillstrom_email/customers.csv.gz"
DATA = Path(os.getenv("PUBLIC_DATA") or Path(__file__).parents[3] / "shared" / "data")
FILE = DATA / FILE_NAME
ARMS = {"No E-Mail": "none", "Mens E-Mail": "mens", "Womens E-Mail": "womens"}
"""As the data names them, and as variants; the first is the control."""
CONTROL, *TREATMENTS = ARMS.values()
NORMAL_975 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One row."""

    customer_id: str
    arm: str
    history: float
    """Spent in the year before, dollars."""
    visit: bool
    conversion: bool
    spend: float
    """In the two weeks after, dollars."""


def read_customers(file: Path = FILE) -> tuple[Customer, ...]:
    """Return every customer in the order of the file."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return tuple(_customer(row) for row in csv.DictReader(lines))


def _customer(row: dict[str, str]) -> Customer:
    return Customer(
        customer_id=row["customer_id"],
        arm=ARMS[row["segment"]],
        history=float(row["history"]),
        visit=row["visit"] == "1",
        conversion=row["conversion"] == "1",
        spend=float(row["spend"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One arm, counted."""

    units: int
    converted: int
    spend: float
    spend_variance: float
    """Of the sample, with n - 1."""

    @property
    def rate(self) -> float:
        return self.converted / self.units

    @property
    def mean_spend(self) -> float:
        return self.spend / self.units


def count(customers: Sequence[Customer], converted: Callable[[Customer], bool]) -> dict[str, Counted]:
    """Count each arm."""
    return {arm: _counted([one for one in customers if one.arm == arm], converted) for arm in ARMS.values()}


def _counted(customers: Sequence[Customer], converted: Callable[[Customer], bool]) -> Counted:
    mean = math.fsum(one.spend for one in customers) / len(customers)
    return Counted(
        units=len(customers),
        converted=sum(map(converted, customers)),
        spend=math.fsum(one.spend for one in customers),
        spend_variance=math.fsum((one.spend - mean) ** 2 for one in customers) / (len(customers) - 1),
    )


def pooled_z(treatment: Counted, control: Counted) -> float:
    """Return the two-proportion z statistic of treatment less control, with the pooled rate."""
    pooled = (treatment.converted + control.converted) / (treatment.units + control.units)
    return (treatment.rate - control.rate) / math.sqrt(
        pooled * (1 - pooled) * (1 / treatment.units + 1 / control.units)
    )


def newcombe_interval(treatment: Counted, control: Counted) -> tuple[float, float]:
    """Return the 95 % interval of the difference by Newcombe (1998), method 10."""
    (low1, high1), (low0, high0) = _wilson(treatment), _wilson(control)
    difference = treatment.rate - control.rate
    below = math.hypot(treatment.rate - low1, high0 - control.rate)
    above = math.hypot(high1 - treatment.rate, control.rate - low0)
    return difference - below, difference + above


def _wilson(arm: Counted) -> tuple[float, float]:
    z, n, p = NORMAL_975, arm.units, arm.rate
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def welch_t(treatment: Counted, control: Counted) -> float:
    """Return Welch's t statistic of the mean spend, treatment less control."""
    error = math.sqrt(treatment.spend_variance / treatment.units + control.spend_variance / control.units)
    return (treatment.mean_spend - control.mean_spend) / error


def split_p_value(counted: dict[str, Counted]) -> float:
    """Return the p-value of Pearson's chi-square of three even arms; with two degrees of freedom it is exp(-x / 2)."""
    expected = sum(arm.units for arm in counted.values()) / len(counted)
    return math.exp(-sum((arm.units - expected) ** 2 / expected for arm in counted.values()) / 2)
