"""The e-mail test as actions that were chosen by chance: told to a server through its calls, then learned from."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from leadline.v1 import (
    action_catalog_service_pb2,
    action_pb2,
    intelligence_service_pb2,
    lead_pb2,
    lead_service_pb2,
)

from tests.parts.hillstrom import ARMS, CONTROL, FILE
from tests.parts.serving import Stubs

LEADS_AT_ONCE = 500
CALLERS = 4
PROPENSITY = 1.0 / len(ARMS)
CONVERTED, NOT_CONVERTED = action_pb2.ACTION_OUTCOME_CONVERTED, action_pb2.ACTION_OUTCOME_NOT_CONVERTED


class Mailed(NamedTuple):
    """One customer."""

    customer_id: str
    arm: str
    attributes: Mapping[str, str | float | bool]
    """What was known before the test."""
    visit: bool
    purchase: bool
    spend: float


ENDS: Mapping[str, Callable[[Mailed], bool]] = {"visit": lambda one: one.visit, "purchase": lambda one: one.purchase}
"""What counts as a conversion."""


def read_mailed(file: Path = FILE, limit: int | None = None) -> list[Mailed]:
    """Return customers in the order of the file."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [_mailed(row) for row in rows[:limit]]


def _mailed(row: Mapping[str, str]) -> Mailed:
    return Mailed(
        customer_id=row["customer_id"],
        arm=ARMS[row["segment"]],
        attributes={
            "recency": float(row["recency"]),
            "history": float(row["history"]),
            "mens": row["mens"] == "1",
            "womens": row["womens"] == "1",
            "newbie": row["newbie"] == "1",
            "zip_code": row["zip_code"],
            "channel": row["channel"],
        },
        visit=row["visit"] == "1",
        purchase=row["conversion"] == "1",
        spend=float(row["spend"]),
    )


def publish(stubs: Stubs) -> None:
    """Publish the arms as actions; nothing is said of what they are worth, so that conversions are counted."""
    actions = [
        action_pb2.Action(action_id=arm, title=name, category=action_pb2.ACTION_CATEGORY_NURTURING)
        for name, arm in ARMS.items()
    ]
    catalog = action_pb2.ActionCatalog(actions=actions, baseline_action_id=CONTROL)
    stubs.action_catalogs.PublishActionCatalog(
        action_catalog_service_pb2.PublishActionCatalogRequest(
            request_id="arms", catalog=catalog, reason="an e-mail test"
        )
    )


def tell(stubs: Stubs, mailed: Sequence[Mailed], converts: Callable[[Mailed], bool]) -> None:
    """Store the customers, and record what became of the arm that each one got."""
    for number, start in enumerate(range(0, len(mailed), LEADS_AT_ONCE)):
        leads = [_lead(one) for one in mailed[start : start + LEADS_AT_ONCE]]
        stubs.leads.UpsertLeads(
            lead_service_pb2.UpsertLeadsRequest(
                request_id=f"customers-{number}", leads=[lead_service_pb2.LeadWrite(lead=lead) for lead in leads]
            )
        )
    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(stubs.intelligence.RecordActionOutcome, _reports(mailed, converts)))


def _lead(one: Mailed) -> lead_pb2.Lead:
    attributes = {name: _value(value) for name, value in one.attributes.items()}
    return lead_pb2.Lead(lead_id=one.customer_id, title="Customer", attributes=attributes)


def _value(value: str | float | bool) -> lead_pb2.AttributeValue:
    if isinstance(value, bool):
        return lead_pb2.AttributeValue(flag=value)
    if isinstance(value, str):
        return lead_pb2.AttributeValue(text=value)
    return lead_pb2.AttributeValue(number=value)


def _reports(
    mailed: Sequence[Mailed], converts: Callable[[Mailed], bool]
) -> Iterator[intelligence_service_pb2.RecordActionOutcomeRequest]:
    for one in mailed:
        converted = converts(one)
        yield intelligence_service_pb2.RecordActionOutcomeRequest(
            request_id=f"arm-{one.customer_id}",
            lead_id=one.customer_id,
            action_id=one.arm,
            outcome=CONVERTED if converted else NOT_CONVERTED,
            value=one.spend if converted else None,
            propensity=PROPENSITY,
        )
