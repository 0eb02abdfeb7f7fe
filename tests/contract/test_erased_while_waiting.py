"""What was made of events and waits to be written does not outlive the lead they are about."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.recommendation_log import SqlRecommendationLog
from core.adapters.sql.served_vector_store import SqlServedVectorStore
from core.adapters.sql.tables import recommendation_log, served_vectors
from core.behavior.served_vectors import ServedVector
from core.caller import Caller
from core.identifiers import LeadId, TenantId
from core.recommend.recommendation_log import RecommendationRow
from tests.parts.clock import SetClock
from tests.parts.events import event

ACME, OTHER = TenantId("acme"), TenantId("other")


def vector(tenant, lead_id, sequence):
    return ServedVector(
        tenant=tenant,
        vector_id=f"{lead_id}{sequence}",
        lead_id=LeadId(lead_id),
        plan_hash="p",
        version="",
        moment_us=1,
        up_to_sequence=sequence,
        features={},
    )


def recommended(tenant, lead_id, sequence):
    return RecommendationRow(
        tenant=tenant,
        token_id=f"{lead_id}{sequence}",
        lead_id=LeadId(lead_id),
        version="",
        source="content",
        recommend_time=SetClock().now,
        up_to_sequence=sequence,
        experiment="",
        variant="",
        exploration=0.0,
        items=[],
        candidates=[],
    )


@pytest.mark.parametrize(
    ("open_store", "make", "table"),
    [(SqlServedVectorStore, vector, served_vectors), (SqlRecommendationLog, recommended, recommendation_log)],
    ids=["served features", "recommendations"],
)
def test_what_waited_goes_with_the_lead(database, clock, open_store, make, table):
    log, store = SqlEventLog(database, clock), open_store(database)
    for tenant in (ACME, OTHER):
        log.append(Caller(tenant=tenant, actor="shop"), "", [event("1", "ann"), event("2", "bob"), event("3", "ann")])
    # Sequences 1 and 3 are Ann's. What the shop of the same name elsewhere knows of its own Ann stays.
    waiting = [make(ACME, "ann", 1), make(ACME, "ann", 3), make(ACME, "bob", 2), make(ACME, "new", 0)]
    with database.write(ACME) as connection:
        erase_lead(connection, ACME, LeadId("ann"))
    log.append(Caller(tenant=ACME, actor="shop"), "", [event("4", "ann")])

    store.append([*waiting, make(OTHER, "ann", 3), make(ACME, "ann", 4)])

    with database.read("*") as connection:
        found = connection.execute(select(table.c.tenant, table.c.lead_id, table.c.up_to_sequence)).all()
    assert sorted(map(tuple, found)) == [
        (ACME, "ann", 4),
        (ACME, "bob", 2),
        (ACME, "new", 0),
        (OTHER, "ann", 3),
    ]
