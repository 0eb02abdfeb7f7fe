"""What a failed call said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import status_pb2
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, PreconditionFailure, ResourceInfo, RetryInfo
from grpc_status import rpc_status

DETAILS = (BadRequest, PreconditionFailure, ResourceInfo, RetryInfo)


@dataclass(frozen=True)
class Failure:
    """The code, the one ErrorInfo and the other detail of a status."""

    code: grpc.StatusCode
    message: str
    info: ErrorInfo
    detail: Any

    @property
    def fields(self) -> list[str]:
        """The paths of the broken fields."""
        assert isinstance(self.detail, BadRequest), self
        return [violation.field for violation in self.detail.field_violations]


def failure_of(error: grpc.RpcError) -> Failure:
    """Return what a failed call said; fails the test unless it keeps to the contract."""
    status = rpc_status.from_call(error)
    assert status is not None, f"no rich status: {error.code()} {error.details()}"
    read = failure_in(status)
    assert read.code is error.code()
    return read


def failure_in(status: status_pb2.Status) -> Failure:
    """Return what a status says, that of a lead in a batch for example."""
    code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
    infos, others = [], []
    for packed in status.details:
        if packed.Is(ErrorInfo.DESCRIPTOR):
            infos.append(ErrorInfo.FromString(packed.value))
        else:
            kind = next(kind for kind in DETAILS if packed.Is(kind.DESCRIPTOR))
            others.append(kind.FromString(packed.value))
    assert len(infos) == 1, "exactly one ErrorInfo"
    assert len(others) <= 1, "at most one detail of another kind"
    assert infos[0].domain == "leadline"
    return Failure(code, status.message, infos[0], others[0] if others else None)
