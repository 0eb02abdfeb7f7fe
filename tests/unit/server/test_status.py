"""The table from domain errors to gRPC statuses."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, PreconditionFailure, ResourceInfo, RetryInfo

import core
import server
from core.errors import (
    AlreadyExists,
    ArtifactRefused,
    DeadlineSpent,
    DependencyDown,
    InvalidInput,
    LeadlineError,
    NotFound,
    OverLimit,
    PermissionDenied,
    Unauthenticated,
    VersionConflict,
    Violation,
    WrongState,
)
from server.interceptors.status import code_of, internal_status, status_of

CLIENT_TRAILER_BYTES = 8 * 1024
"""The most that common clients accept by default."""
ENTRY_POINTS = ("__main__", "local", "migrations")

EXAMPLES = {
    InvalidInput: (InvalidInput.of("lead.price", "must be finite"), "INVALID_ARGUMENT", BadRequest),
    NotFound: (NotFound("lead", "a"), "NOT_FOUND", ResourceInfo),
    AlreadyExists: (AlreadyExists("request", "a", "was used"), "ALREADY_EXISTS", ResourceInfo),
    Unauthenticated: (Unauthenticated(), "UNAUTHENTICATED", None),
    PermissionDenied: (PermissionDenied("Svc/Do", "DO"), "PERMISSION_DENIED", None),
    WrongState: (WrongState("VERSION_RETIRED", "gone", version="v"), "FAILED_PRECONDITION", PreconditionFailure),
    ArtifactRefused: (ArtifactRefused("model.onnx", "is damaged"), "FAILED_PRECONDITION", PreconditionFailure),
    VersionConflict: (VersionConflict("moved"), "ABORTED", None),
    OverLimit: (OverLimit("slower", retry_after=timedelta(seconds=2)), "RESOURCE_EXHAUSTED", RetryInfo),
    DependencyDown: (DependencyDown("store"), "UNAVAILABLE", RetryInfo),
    DeadlineSpent: (DeadlineSpent("late"), "DEADLINE_EXCEEDED", None),
}


def every_error() -> list[type[LeadlineError]]:
    """Return every domain error there is, once all modules are loaded."""
    for package in (core, server):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not any(part in ENTRY_POINTS for part in module.name.split(".")):
                importlib.import_module(module.name)
    return sorted(below(LeadlineError), key=lambda kind: kind.__qualname__)


def below(kind: type[LeadlineError]) -> Iterator[type[LeadlineError]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from below(derived)


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__qualname__)
def test_every_domain_error_has_a_code_of_its_own_choice(kind):
    code = code_of(kind.__new__(kind))
    assert code not in {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.OK}


def test_the_examples_leave_no_error_of_core_out():
    assert set(EXAMPLES) == {kind for kind in every_error() if kind.__module__ == "core.errors"}


@pytest.mark.parametrize(("error", "code", "detail"), EXAMPLES.values(), ids=lambda value: type(value).__name__)
def test_a_status_has_one_error_info_and_the_detail_of_its_kind(error, code, detail):
    status = status_of(error)
    assert status.code == grpc.StatusCode[code].value[0]
    assert status.message == error.message
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.domain, info.reason) == ("leadline", error.reason)
    assert dict(info.metadata) == dict(error.metadata)
    assert [packed.TypeName() for packed in status.details[1:]] == ([detail.DESCRIPTOR.full_name] if detail else [])


def test_who_may_come_back_is_told_when():
    retry = RetryInfo()
    assert status_of(OverLimit("slower", retry_after=timedelta(milliseconds=1500))).details[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta() == timedelta(milliseconds=1500)


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput(
            [Violation(field=f"leads[{n}].{'é' * 400}", rule="must " + "\U0001f600" * 600) for n in range(500)]
        ),
        InvalidInput([Violation(field=f"leads[{n}].lead.price", rule="must be finite") for n in range(500)]),
        WrongState("X", "\U0001f600" * 5000, a="\U0001f600" * 5000),
        NotFound("lead", "é" * 5000),
    ],
    ids=["long and many", "many", "long", "long key"],
)
def test_the_largest_status_fits_the_trailers_of_any_client(error):
    status = status_of(error)
    percent_encoded = sum(1 if 0x20 <= byte <= 0x7E else 3 for byte in status.message.encode())
    in_base64 = -(-status.ByteSize() // 3) * 4
    assert percent_encoded + in_base64 < CLIENT_TRAILER_BYTES - 512
    assert len(status.details) == 2


def test_the_first_of_many_violations_is_always_named():
    error = InvalidInput([Violation(field="x" * 5000, rule="must " + "y" * 5000) for _ in range(3)])
    bad = BadRequest()
    assert status_of(error).details[1].Unpack(bad)
    assert len(bad.field_violations) >= 1


def test_an_incident_says_its_id_and_nothing_else():
    status = internal_status("0011223344556677")
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert dict(info.metadata) == {"incident_id": "0011223344556677"}
    assert status.message == "internal error, incident 0011223344556677"
    assert len(status.details) == 1
