"""A share of the features that were served, kept so that they can be worked out again from the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from core.errors import InvalidInput
from core.features.streams.declaration import Value
from core.identifiers import LeadId, TenantId

_SPAN = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedVector:
    """Features of a lead as they were served."""

    tenant: TenantId
    vector_id: str
    """Made of the lead, the moment and the version: the same answer has the same id."""
    lead_id: LeadId
    plan_hash: str
    version: str
    """Of the model they were served to; "" where they were read as they are."""
    moment_us: int
    up_to_sequence: int
    features: Mapping[str, Value]


class ServedVectorStore(Protocol):
    """Keeps served vectors."""

    def append(self, vectors: Sequence[ServedVector]) -> None:
        """Write a batch; one that is there already is left as it is."""

    def sample(
        self, tenant: TenantId, *, plan_hash: str, since_us: int, until_us: int, limit: int
    ) -> Sequence[ServedVector]:
        """Return up to ``limit`` vectors of one plan with moments from ``since_us`` to before ``until_us``.

        Which of them depends on their ids alone, which are as good as chance.
        """

    def prune(self, tenant: TenantId, *, before_us: int) -> int:
        """Remove vectors of moments before ``before_us``; return how many."""


class VectorSampling:
    """Chooses which vectors are kept: by lead and moment, so that the same answer is always chosen or never.

    Args:
        share: Of all vectors, in [0, 1].
        offer: Takes a chosen vector; returns at once.

    Raises:
        InvalidInput: If ``share`` is none.
    """

    def __init__(self, share: float, offer: Callable[[ServedVector], object]) -> None:
        if not 0.0 <= share <= 1.0:
            raise InvalidInput.of("share", "must be 0 to 1")
        self._below = share * _SPAN
        self._offer = offer

    def served(
        self,
        tenant: TenantId,
        lead_id: LeadId,
        values: Mapping[str, Value],
        *,
        moment_us: int,
        up_to_sequence: int,
        plan_hash: str,
        version: str = "",
    ) -> None:
        """Keep features that were served, if they are among the chosen. Features of no event are never kept.

        Args:
            tenant: Whose lead it is.
            lead_id: The lead.
            values: All features of the plan, not scaled.
            moment_us: The moment they are of.
            up_to_sequence: Of the newest event in them.
            plan_hash: What they were made by.
            version: As in :class:`ServedVector`.
        """
        if not self._below or not up_to_sequence:
            return
        name = blake2b(f"{tenant}\x00{lead_id}\x00{moment_us}".encode(), digest_size=16)
        if int.from_bytes(name.digest()[:8]) >= self._below:
            return
        name.update(f"\x00{version}\x00{up_to_sequence}".encode())
        self._offer(
            ServedVector(
                tenant=tenant,
                vector_id=name.hexdigest(),
                lead_id=lead_id,
                plan_hash=plan_hash,
                version=version,
                moment_us=moment_us,
                up_to_sequence=up_to_sequence,
                features=values,
            )
        )
