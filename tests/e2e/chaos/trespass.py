"""Ways to ask for what is another tenant's, each beside the same call for what nobody has."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import grpc
from leadline.v1 import (
    access_service_pb2,
    audit_service_pb2,
    lead_pb2,
    lead_service_pb2,
    model_service_pb2,
    scoring_service_pb2,
)

from tests.e2e.chaos.tenants import Tenant, TenantStubs, lead_of, says_nothing_of
from tests.e2e.chaos.verdicts import verdict_of, was_refused

_ASKED = b"<asked>"
_SECONDS = 20
_TRIES = 100
_PAUSE_SECONDS = 0.05
_KEY_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call, made once for a name of another tenant and once for a name that nobody has."""

    way: str
    call: Callable[..., Any]
    request: Callable[[str], Any]
    foreign: str
    unknown: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of an attempt."""

    foreign_bytes: bool
    told_apart: str
    """The two answers, if they differ."""


def draw(random: Random, stubs: TenantStubs, me: Tenant, other: Tenant) -> Attempt:
    """Return an attempt of ``me`` at something of ``other``."""
    ways = _ways(random, stubs, me)
    name = random.choice(sorted(ways))
    call, request, kind = ways[name]
    return Attempt(name, call, request, *_names(random, other, kind))


def make(attempt: Attempt, me: Tenant, other: Tenant) -> Seen:
    """Make both calls and compare."""
    foreign_clean, foreign = _answer(attempt, attempt.foreign, me, other)
    unknown_clean, unknown = _answer(attempt, attempt.unknown, me, other)
    told_apart = "" if foreign == unknown else f"{attempt.way}: {foreign[:300]!r} and {unknown[:300]!r}"
    return Seen(not (foreign_clean and unknown_clean), told_apart)


def _answer(attempt: Attempt, name: str, me: Tenant, other: Tenant) -> tuple[bool, bytes]:
    """Return whether the other's marker is absent, and the answer with the name that was asked for taken out."""
    request = attempt.request(name)
    for _ in range(_TRIES):
        try:
            answer = attempt.call(request, timeout=_SECONDS, metadata=me.metadata)
        except grpc.RpcError as error:
            if was_refused(verdict_of(error)):
                time.sleep(_PAUSE_SECONDS)
                continue
            text = f"{error.code().name} {error.details()}".encode()
            return says_nothing_of(error, other.marker), text.replace(name.encode(), _ASKED)
        content: bytes = answer.SerializeToString(deterministic=True)
        return other.marker.encode() not in content, _comparable(answer, name)
    raise RuntimeError("the server turned a call away again and again")


def _comparable(answer: Any, name: str) -> bytes:
    """Return an answer without what differs from call to call."""
    if isinstance(answer, scoring_service_pb2.BatchScoreResponse):
        lines = [f"{one.WhichOneof('outcome')} {one.error.code} {one.error.message}" for one in answer.results]
        return "\n".join(lines).encode().replace(name.encode(), _ASKED)
    return answer.SerializeToString(deterministic=True).replace(name.encode(), _ASKED)


def _names(random: Random, other: Tenant, kind: str) -> tuple[str, str]:
    """Return a name of the other tenant's, and one of the same form that nobody has."""
    number = random.randrange(10**6)
    if kind == "lead":
        return random.choice(other.lead_ids), f"nobody-{number}"
    if kind == "request":
        return random.choice(
            [name for name in other.request_ids if name.startswith(other.name)]
        ), f"nobody-request-{number}"
    if kind == "owner":
        return other.owner_id, f"owner-nobody-{number}"
    if kind == "version":
        return other.model_version, f"v20200101_000000_{number:08x}"
    if kind == "key":
        return random.choice(other.key_ids), f"ll_{''.join(random.choices(_KEY_LETTERS, k=8))}"
    token = other.page_tokens[kind]
    return token, f"{token[:-6]}AAAA{token[-2:]}"


def _ways(random: Random, stubs: TenantStubs, me: Tenant) -> Mapping[str, tuple[Any, Callable[[str], Any], str]]:
    """Return call, request by name and kind of name, by way."""
    return {**_lead_ways(random, stubs, me), **_model_ways(random, stubs), **_access_ways(random, stubs)}


def _lead_ways(random: Random, stubs: TenantStubs, me: Tenant) -> dict[str, tuple[Any, Callable[[str], Any], str]]:
    leads, scoring = lead_service_pb2, scoring_service_pb2
    mine = [lead_pb2.Lead(lead_id=random.choice(me.lead_ids)) for _ in range(3)]
    at = random.randrange(4)

    def batch(name: str) -> scoring_service_pb2.BatchScoreRequest:
        members = [*mine[:at], lead_pb2.Lead(lead_id=name), *mine[at:]]
        return scoring.BatchScoreRequest(leads=members)

    def write(request_id: str) -> lead_service_pb2.UpsertLeadsRequest:
        # The same body each time: what this tenant itself sent before under the id would tell on another one.
        write = leads.LeadWrite(lead=lead_of(me, f"written-{me.name}-{request_id}", 0))
        return leads.UpsertLeadsRequest(request_id=request_id, leads=[write])

    return {
        "GetLead": (stubs.leads.GetLead, lambda name: leads.GetLeadRequest(lead_id=name), "lead"),
        "Score by id": (
            stubs.scoring.Score,
            lambda name: scoring.ScoreRequest(lead=lead_pb2.Lead(lead_id=name)),
            "lead",
        ),
        "BatchScore member": (stubs.scoring.BatchScore, batch, "lead"),
        "Score by version": (
            stubs.scoring.Score,
            lambda name: scoring.ScoreRequest(lead=lead_of(me, "mine", 1), model_version=name),
            "version",
        ),
        "ListLeads of an owner": (
            stubs.leads.ListLeads,
            lambda name: leads.ListLeadsRequest(owner_id=name, page_size=1_000),
            "owner",
        ),
        "ListLeads page": (stubs.leads.ListLeads, lambda token: leads.ListLeadsRequest(page_token=token), "leads"),
        "UpsertLeads request id": (stubs.leads.UpsertLeads, write, "request"),
    }


def _model_ways(random: Random, stubs: TenantStubs) -> dict[str, tuple[Any, Callable[[str], Any], str]]:
    models, request_id = model_service_pb2, f"try-{random.randrange(10**12)}"
    return {
        "GetModelVersion": (
            stubs.models.GetModelVersion,
            lambda name: models.GetModelVersionRequest(version=name),
            "version",
        ),
        "GetModelMetrics": (
            stubs.models.GetModelMetrics,
            lambda name: models.GetModelMetricsRequest(version=name),
            "version",
        ),
        "ActivateModelVersion": (
            stubs.models.ActivateModelVersion,
            lambda name: models.ActivateModelVersionRequest(request_id=f"{request_id}-{name}"[:128], version=name),
            "version",
        ),
        "ListModelEvents of a version": (
            stubs.models.ListModelEvents,
            lambda name: models.ListModelEventsRequest(version=name),
            "version",
        ),
        "ListModelEvents page": (
            stubs.models.ListModelEvents,
            lambda token: models.ListModelEventsRequest(page_token=token),
            "events",
        ),
    }


def _access_ways(random: Random, stubs: TenantStubs) -> dict[str, tuple[Any, Callable[[str], Any], str]]:
    access, audit, request_id = access_service_pb2, audit_service_pb2, f"try-{random.randrange(10**12)}"
    return {
        "RevokeApiKey": (
            stubs.access.RevokeApiKey,
            lambda name: access.RevokeApiKeyRequest(request_id=f"{request_id}-{name}", key_id=name),
            "key",
        ),
        "RotateApiKey": (
            stubs.access.RotateApiKey,
            lambda name: access.RotateApiKeyRequest(request_id=f"{request_id}-{name}", key_id=name),
            "key",
        ),
        "ListApiKeys page": (
            stubs.access.ListApiKeys,
            lambda token: access.ListApiKeysRequest(page_token=token),
            "keys",
        ),
        "ListAuditRecords page": (
            stubs.audit.ListAuditRecords,
            lambda token: audit.ListAuditRecordsRequest(page_token=token),
            "audit",
        ),
    }
