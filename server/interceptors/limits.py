"""How many bytes a request of each method may have."""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB
DEFAULT_BYTES = 64 * KIB
LIMITS = {
    "/leadline.v1.ScoringService/Score": 2 * MIB,
    "/leadline.v1.ScoringService/BatchScore": 32 * MIB,
    "/leadline.v1.ScoringService/StreamScore": 2 * MIB,
    "/leadline.v1.LeadService/UpsertLeads": 32 * MIB,
    "/leadline.v1.ModelService/RegisterModelVersion": 65 * MIB,
}
"""Above the largest valid request of each method, so that a field that is too long is named, not just refused."""
LARGEST = max(LIMITS.values())


def limit_of(method: str) -> int:
    """Return the most bytes a request of ``method`` may have."""
    return LIMITS.get(method, DEFAULT_BYTES)
