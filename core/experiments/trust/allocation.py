"""Checks of who was put where."""

from __future__ import annotations

from collections.abc import Sequence

from core.experiments.facts import Facts
from core.experiments.results import TrustCheck, TrustStatus
from core.experiments.trust.multinomial import anytime_p, chi_square_p

FEWEST = 100
"""Units below which hardly anything can be said."""
FAILS_BELOW = 0.001
WARNS_BELOW = 0.01
CROSSED_FAILS = 0.01
CROSSED_WARNS = 0.001


def sample_ratio(facts: Facts) -> TrustCheck:
    """Check that the variants have as many units as they should by the chances these had."""
    names = facts.variant_names
    counts = [facts.tally(name).units for name in names]
    expected = _expected(facts)
    p, once = anytime_p(counts, expected), chi_square_p(counts, expected)
    total, scale = sum(counts), sum(expected) or 1.0
    status = _status(p, total)
    found = ", ".join(
        f"{name} {count:,} of {total * share / scale:,.0f}"
        for name, count, share in zip(names, counts, expected, strict=True)
    )
    said = {
        TrustStatus.TOO_FEW: f"{total} units are too few to see whether the split is right",
        TrustStatus.PASSED: "Units are split as they should be",
        TrustStatus.WARNING: "Units may not be split as they should be",
        TrustStatus.FAILED: "Units are not split as they should be",
    }[status]
    evidence = {"sequential_p_value": f"{p:.3g}", "chi_square_p_value": f"{once:.3g}"}
    for name, count, share in zip(names, counts, expected, strict=True):
        evidence |= {f"units.{name}": str(count), f"expected.{name}": f"{total * share / scale:.1f}"}
    return TrustCheck(
        name="SAMPLE_RATIO", status=status, message=f"{said}: {found} expected (p {p:.2g}).", evidence=evidence
    )


def zero_arm_leak(facts: Facts) -> TrustCheck:
    """Check that a variant that gets no units has none."""
    experiment = facts.stored.experiment
    closed = [
        variant.name
        for variant in experiment.variants
        if variant.share == 0.0 and not facts.tally(variant.name).expected_units and not facts.shares.get(variant.name)
    ]
    leaked = {name: facts.tally(name).units for name in closed if facts.tally(name).units}
    if leaked:
        listed = ", ".join(f"{name} has {count:,}" for name, count in leaked.items())
        message = f"Variants that should get no units have some: {listed}."
    elif closed:
        message = f"No unit got into {', '.join(closed)}."
    else:
        message = "Every variant gets units."
    return TrustCheck(
        name="ZERO_ARM_LEAK",
        status=TrustStatus.FAILED if leaked else TrustStatus.PASSED,
        message=message,
        evidence={f"units.{name}": str(count) for name, count in leaked.items()},
    )


def crossover(facts: Facts) -> TrustCheck:
    """Check that units saw one variant only."""
    units, crossed = facts.units, facts.crossed_units
    share = crossed / units if units else 0.0
    if units < FEWEST:
        status = TrustStatus.TOO_FEW
    elif share > CROSSED_FAILS:
        status = TrustStatus.FAILED
    else:
        status = TrustStatus.WARNING if share > CROSSED_WARNS else TrustStatus.PASSED
    return TrustCheck(
        name="CROSSOVER",
        status=status,
        message=f"{crossed:,} of {units:,} units ({share:.2%}) saw more than one variant; they count for their first.",
        evidence={"units": str(units), "crossed_units": str(crossed)},
    )


def similar_units(facts: Facts) -> TrustCheck:
    """Check that no unit goes by several spellings: it would be counted more than once, and could be in two arms."""
    count = facts.similar_units
    return TrustCheck(
        name="SIMILAR_UNITS",
        status=TrustStatus.WARNING if count else TrustStatus.PASSED,
        message=(
            f"{count:,} units differ from another one in case, spaces or width only: likely the same under two names."
            if count
            else "No two units differ in case, spaces or width only."
        ),
        evidence={"similar_units": str(count)},
    )


def _expected(facts: Facts) -> Sequence[float]:
    """Return what each variant should have, by the propensities if they are known and else by the shares."""
    sums = [facts.tally(name).expected_units for name in facts.variant_names]
    return sums if any(sums) else [facts.shares.get(name, 0.0) for name in facts.variant_names]


def _status(p: float, units: int) -> TrustStatus:
    if p < FAILS_BELOW:
        return TrustStatus.FAILED
    if units < FEWEST:
        return TrustStatus.TOO_FEW
    return TrustStatus.WARNING if p < WARNS_BELOW else TrustStatus.PASSED
