"""From google.rpc.Status with its details to an exception."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from leadline.errors import LeadlineError, Violation, error_class

_CODES: Final = tuple((code.value[0], code) for code in grpc.StatusCode)


def error_from_call(call: Any) -> LeadlineError:
    """Return the error of a failed call.

    Args:
        call: A ``grpc.RpcError`` as raised by a stub, which is also a ``grpc.Call``.
    """
    try:
        status = rpc_status.from_call(call)
    except (ValueError, DecodeError):  # details of a proxy or of a foreign server, at odds with the status
        status = None
    if status is None:
        code = call.code()
        return error_class(code)(call.details() or code.name.replace("_", " ").lower(), code=code)
    return error_from_status(status)


def error_from_status(status: status_pb2.Status) -> LeadlineError:
    """Return the error that a status stands for. Unknown details are left out."""
    code = next((code for number, code in _CODES if number == status.code), grpc.StatusCode.UNKNOWN)
    info = _first(status, error_details_pb2.ErrorInfo)
    retry = _first(status, error_details_pb2.RetryInfo)
    resource = _first(status, error_details_pb2.ResourceInfo)
    metadata = dict(info.metadata) if info else {}
    if resource:
        metadata.setdefault("kind", resource.resource_type)
        metadata.setdefault("id", resource.resource_name)
    return error_class(code)(
        status.message or code.name.replace("_", " ").lower(),
        code=code,
        reason=info.reason if info else "",
        metadata=metadata,
        violations=tuple(_violations(status)),
        retry_after=_duration(retry.retry_delay) if retry else None,
    )


def _violations(status: status_pb2.Status) -> Iterable[Violation]:
    request = _first(status, error_details_pb2.BadRequest)
    for broken in request.field_violations if request else ():
        yield Violation(field=broken.field, rule=broken.description)
    for kind in (error_details_pb2.PreconditionFailure, error_details_pb2.QuotaFailure):
        failure = _first(status, kind)
        for broken in failure.violations if failure else ():
            yield Violation(field=broken.subject, rule=broken.description)


def _first(status: status_pb2.Status, kind: type[Any]) -> Any:
    for detail in status.details:
        if detail.Is(kind.DESCRIPTOR):
            message = kind()
            try:
                detail.Unpack(message)
            except DecodeError:
                continue
            return message
    return None


def _duration(delay: Any) -> timedelta:
    return timedelta(seconds=delay.seconds, microseconds=delay.nanos // 1000)
