"""The methods of the contract as labels of metrics."""

from __future__ import annotations

from google.protobuf import descriptor_pool

from server.services import SERVICES

UNKNOWN_METHOD = "unknown"


def method_labels() -> dict[str, str]:
    """Return the label of each method of the contract, by path: ``ScoringService/Score`` for its full path."""
    pool = descriptor_pool.Default()
    return {
        f"/{service}/{method.name}": f"{service.rsplit('.', 1)[-1]}/{method.name}"
        for service in SERVICES
        for method in pool.FindServiceByName(service).methods
    }


METHOD_LABELS = method_labels()


def method_label(method: str) -> str:
    """Return the label of a method's path; ``unknown`` for every path that is not in the contract."""
    return METHOD_LABELS.get(method, UNKNOWN_METHOD)
