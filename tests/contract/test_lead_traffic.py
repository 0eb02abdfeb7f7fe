from __future__ import annotations

from datetime import timedelta

from core.adapters.sql.lead_traffic import SqlLeadTraffic
from core.adapters.sql.prediction_store import SqlPredictionStore
from core.identifiers import LeadId, TenantId, VersionName
from core.ports import Prediction

ACME, OTHER = TenantId("acme"), TenantId("other")


def test_a_lead_counts_once_and_by_its_first_score(database, clock):
    store, since = SqlPredictionStore(database), clock.now

    def score(lead_id: str, hours: float, tenant: TenantId = ACME) -> None:
        shown = since + timedelta(hours=hours)
        store.append(
            [
                Prediction(
                    tenant=tenant,
                    lead_id=LeadId(lead_id),
                    version=VersionName("v"),
                    source="model",
                    score=50.0,
                    probability=0.5,
                    score_time=shown,
                    token_id=f"{lead_id}-{hours}",
                    features=b"",
                )
            ]
        )

    traffic = SqlLeadTraffic(database)
    assert traffic.new_leads(ACME, since) == 0
    for lead_id, hours in (("new", 1), ("new", 2), ("old", -1), ("old", 3), ("at the moment", 0), ("gone", -5)):
        score(lead_id, hours)
    score("foreign", 1, OTHER)
    assert traffic.new_leads(ACME, since) == 2
    assert traffic.new_leads(ACME, since - timedelta(hours=2)) == 3
    assert traffic.new_leads(OTHER, since) == 1
