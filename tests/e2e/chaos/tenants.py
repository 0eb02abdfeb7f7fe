"""Two tenants with the same shape and other contents, and everything by which one could ask for what is the other's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
from leadline.v1 import (
    access_service_pb2,
    access_service_pb2_grpc,
    audit_service_pb2,
    audit_service_pb2_grpc,
    lead_pb2,
    lead_service_pb2,
    lead_service_pb2_grpc,
    model_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    scoring_service_pb2_grpc,
    system_service_pb2_grpc,
)

from core.access.api_key import ApiKeyTerms
from core.access.api_keys import ApiKeys
from core.access.grant import Grant
from core.adapters.sql.api_key_store import SqlApiKeyStore
from core.adapters.sql.engine import open_database
from core.caller import Caller, Role
from core.identifiers import TenantId
from tests.e2e.chaos.channels import open_channel
from tests.parts.fitted import small_version
from tests.parts.messages import lead_message

LEADS = 40
"""Of each tenant, under ids of its own; as many under ids that both have."""
SECONDS = 60
PEPPER = "pepper-of-the-chaos-driver-0123456789"


@dataclass(slots=True)
class Tenant:
    """One tenant as the driver knows it.

    Attributes:
        marker: In every text that belongs to the tenant, and in nothing else: where another tenant sees it, the wall
            has a hole.
    """

    name: str
    marker: str
    secret: str
    version: int
    lead_ids: list[str] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)
    model_version: str = ""
    key_ids: list[str] = field(default_factory=list)
    page_tokens: dict[str, str] = field(default_factory=dict)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.secret}"),)

    @property
    def owner_id(self) -> str:
        return f"owner-{self.marker}"


class TenantStubs:
    """Every service over one connection."""

    def __init__(self, target: str) -> None:
        self.channel = open_channel(target, retries=True)
        self.scoring = scoring_service_pb2_grpc.ScoringServiceStub(self.channel)
        self.leads = lead_service_pb2_grpc.LeadServiceStub(self.channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)
        self.access = access_service_pb2_grpc.AccessServiceStub(self.channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(self.channel)
        self.system = system_service_pb2_grpc.SystemServiceStub(self.channel)


def first_keys(database_url: str, names: Mapping[str, str]) -> list[Tenant]:
    """Make an admin key for each tenant, where the database is.

    Args:
        database_url: Of the server.
        names: Tenant to marker.
    """
    database = open_database(database_url)
    try:
        keys = ApiKeys(SqlApiKeyStore(database, lambda: datetime.now(UTC)), PEPPER.encode())
        made = []
        for version, (name, marker) in enumerate(names.items()):
            terms = ApiKeyTerms(name=f"first {marker}", grant=Grant(roles=frozenset({Role.ADMIN})), lifetime=None)
            issued = keys.create(Caller(tenant=TenantId(name), actor="chaos"), "first-key", terms)
            made.append(Tenant(name, marker, issued.secret, version, key_ids=[issued.key.key_id]))
        return made
    finally:
        database.close()


def furnish(stubs: TenantStubs, tenant: Tenant) -> None:
    """Give a tenant leads, a model and a second key, and note what tells of them."""
    _write_leads(stubs, tenant)
    _serve_model(stubs, tenant)
    _second_key(stubs, tenant)
    _page_tokens(stubs, tenant)


def lead_of(tenant: Tenant, lead_id: str, number: int) -> lead_pb2.Lead:
    """Return a lead whose every text names the tenant."""
    lead = lead_message(number, lead_id)
    lead.title, lead.description = f"title {tenant.marker}", f"description {tenant.marker}"
    lead.email, lead.owner_id = f"{tenant.marker}@example.org", tenant.owner_id
    return lead


def _write_leads(stubs: TenantStubs, tenant: Tenant) -> None:
    own = [f"{tenant.name}-{number}" for number in range(LEADS)]
    shared = [f"shared-{number}" for number in range(LEADS)]
    for number, lead_id in enumerate([*own, *shared]):
        request_id = f"{tenant.name}-request-{number}" if number % 2 else f"shared-request-{number}"
        write = lead_service_pb2.LeadWrite(lead=lead_of(tenant, lead_id, number))
        request = lead_service_pb2.UpsertLeadsRequest(request_id=request_id, leads=[write])
        stubs.leads.UpsertLeads(request, timeout=SECONDS, metadata=tenant.metadata)
        tenant.request_ids.append(request_id)
    tenant.lead_ids = own


def _serve_model(stubs: TenantStubs, tenant: Tenant) -> None:
    version = small_version(tenant.version)
    files = [model_pb2.ArtifactFile(name=name, content=data) for name, data in version.files.items()]
    register = model_service_pb2.RegisterModelVersionRequest(request_id="register", files=files, reason=tenant.marker)
    stubs.models.RegisterModelVersion(register, timeout=SECONDS, metadata=tenant.metadata)
    activate = model_service_pb2.ActivateModelVersionRequest(
        request_id="activate", version=version.name, reason=tenant.marker
    )
    stubs.models.ActivateModelVersion(activate, timeout=SECONDS, metadata=tenant.metadata)
    tenant.model_version = version.name


def _second_key(stubs: TenantStubs, tenant: Tenant) -> None:
    request = access_service_pb2.CreateApiKeyRequest(
        request_id="second-key", name=f"second {tenant.marker}", roles=[access_service_pb2.ROLE_READER]
    )
    made = stubs.access.CreateApiKey(request, timeout=SECONDS, metadata=tenant.metadata)
    tenant.key_ids.append(made.key.key_id)


def _page_tokens(stubs: TenantStubs, tenant: Tenant) -> None:
    lists = {
        "leads": (stubs.leads.ListLeads, lead_service_pb2.ListLeadsRequest),
        "events": (stubs.models.ListModelEvents, model_service_pb2.ListModelEventsRequest),
        "keys": (stubs.access.ListApiKeys, access_service_pb2.ListApiKeysRequest),
        "audit": (stubs.audit.ListAuditRecords, audit_service_pb2.ListAuditRecordsRequest),
    }
    for name, (call, request) in lists.items():
        page = call(request(page_size=1), timeout=SECONDS, metadata=tenant.metadata)
        tenant.page_tokens[name] = page.next_page_token


def says_nothing_of(error: grpc.RpcError, marker: str) -> bool:
    """Return whether a marker is nowhere in what a failed call said, its trailers included."""
    trailers = [value if isinstance(value, bytes) else value.encode() for _, value in error.trailing_metadata() or ()]
    return marker.encode() not in b"\n".join([(error.details() or "").encode(), *trailers])
