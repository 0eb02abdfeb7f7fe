from __future__ import annotations

from core.audit.pseudonym import pseudonym
from core.identifiers import LeadId, TenantId

SECRET = b"s" * 32
ACME, LEAD = TenantId("acme"), LeadId("anna.smith")


def test_a_lead_has_one_pseudonym_that_does_not_show_its_id():
    name = pseudonym(SECRET, ACME, LEAD)
    assert name == pseudonym(SECRET, ACME, LEAD)
    assert "anna" not in name
    assert len(name) == len("lead-") + 32


def test_leads_tenants_and_secrets_have_different_pseudonyms():
    names = {
        pseudonym(SECRET, ACME, LEAD),
        pseudonym(SECRET, ACME, LeadId("anna.smitt")),
        pseudonym(SECRET, TenantId("acm"), LeadId("eanna.smith")),
        pseudonym(SECRET, TenantId("other"), LEAD),
        pseudonym(b"t" * 32, ACME, LEAD),
    }
    assert len(names) == 5
