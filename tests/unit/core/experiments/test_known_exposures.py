from __future__ import annotations

from core.experiments.exposure import Exposure
from core.experiments.known_exposures import KnownExposures
from core.identifiers import LeadId, TenantId
from tests.unit.core.scoring.conftest import NOW

ACME, OTHER = TenantId("acme"), TenantId("other")


def exposure(unit: str, variant: str = "a") -> Exposure:
    return Exposure(
        experiment="e",
        unit_id=unit,
        variant=variant,
        propensity=0.5,
        is_override=False,
        allocation=0,
        baseline_score=None,
        exposure_time=NOW,
    )


def test_an_exposure_is_known_by_tenant_unit_and_variant():
    known, seen = KnownExposures(), exposure("u")
    known.remember(ACME, seen, LeadId("lead"))
    assert known.exposure(ACME, "e", "u", "a") is seen
    assert known.is_linked(ACME, seen, LeadId("lead"))
    assert not known.is_linked(ACME, seen, LeadId("another"))
    assert known.exposure(ACME, "e", "u", "b") is known.exposure(OTHER, "e", "u", "a") is None


def test_the_first_exposure_is_kept_apart():
    known = KnownExposures()
    known.remember(ACME, exposure("u", "b"), None)
    assert known.first(ACME, "e", "u") is None
    known.remember_first(ACME, exposure("u"))
    assert known.first(ACME, "e", "u") == exposure("u")


def test_the_oldest_are_forgotten():
    known = KnownExposures(most=2)
    for unit in ("u1", "u2", "u3"):
        known.remember(ACME, exposure(unit), LeadId(unit))
        known.remember_first(ACME, exposure(unit))
    found = [known.exposure(ACME, "e", unit, "a") is not None for unit in ("u1", "u2", "u3")]
    assert found == [False, True, True]
    assert [known.first(ACME, "e", unit) is not None for unit in ("u1", "u3")] == [False, True]
    assert not known.is_linked(ACME, exposure("u1"), LeadId("u1"))


def test_a_lead_that_was_linked_without_a_score_is_told_apart():
    known, seen, lead = KnownExposures(), exposure("u"), LeadId("lead")
    known.remember(ACME, seen, lead, scored=False)
    assert (known.is_linked(ACME, seen, lead), known.is_scored(ACME, seen, lead)) == (True, False)
    known.remember(ACME, seen, lead)
    assert (known.is_linked(ACME, seen, lead), known.is_scored(ACME, seen, lead)) == (True, True)


def test_after_ten_minutes_nothing_is_known_for_sure():
    seconds = [0.0]
    known, seen, lead = KnownExposures(timer=lambda: seconds[0]), exposure("u"), LeadId("lead")

    def all_known() -> list[bool]:
        return [
            known.exposure(ACME, "e", "u", "a") is not None,
            known.first(ACME, "e", "u") is not None,
            known.is_linked(ACME, seen, lead),
            known.is_scored(ACME, seen, lead),
        ]

    known.remember(ACME, seen, lead)
    known.remember_first(ACME, seen)
    seconds[0] = 599.0
    assert all_known() == [True] * 4
    seconds[0] = 600.0
    assert all_known() == [False] * 4
    known.remember(ACME, seen, lead)
    known.remember_first(ACME, seen)
    assert all_known() == [True] * 4
