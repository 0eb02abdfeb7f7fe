from __future__ import annotations

import pytest

from core.behavior.served_vectors import VectorSampling
from core.errors import InvalidInput
from core.identifiers import LeadId, TenantId

TENANT = TenantId("acme")


def served(share: float, count: int = 2_000, *, up_to_sequence: int = 7, version: str = "") -> list:
    kept = []
    sampling = VectorSampling(share, kept.append)
    for number in range(count):
        sampling.served(
            TENANT,
            LeadId(f"lead{number % 50}"),
            {"a": float(number)},
            moment_us=number,
            up_to_sequence=up_to_sequence,
            plan_hash="p",
            version=version,
        )
    return kept


def test_the_share_is_kept_and_the_same_answers_every_time():
    kept = served(0.1)
    assert 140 < len(kept) < 260
    assert served(0.1) == kept
    assert len({one.vector_id for one in kept}) == len(kept)
    assert all(one.features == {"a": float(one.moment_us)} for one in kept)


def test_a_larger_share_keeps_those_of_a_smaller_one():
    assert {one.vector_id for one in served(0.1)} < {one.vector_id for one in served(0.3)}


def test_all_none_and_leads_without_events():
    assert len(served(1.0)) == 2_000
    assert served(0.0) == []
    assert served(1.0, up_to_sequence=0) == []


def test_the_same_lead_and_moment_served_to_two_versions_are_two_vectors():
    first, second = served(0.1), served(0.1, version="v2")
    assert [one.moment_us for one in first] == [one.moment_us for one in second]
    assert not {one.vector_id for one in first} & {one.vector_id for one in second}


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_none_and_all(share):
    with pytest.raises(InvalidInput, match="share"):
        VectorSampling(share, print)
