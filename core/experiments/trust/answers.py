"""Checks of what units got, and of what they had done before."""

from __future__ import annotations

from core.experiments.facts import Facts
from core.experiments.results import TrustCheck, TrustStatus
from core.experiments.trust.allocation import FAILS_BELOW, FEWEST
from core.experiments.trust.multinomial import anytime_p

MANY_EARLY = 0.05
"""So large a share of units that had converted before is worth a look."""
FALLBACKS_WARN = 0.001
FALLBACKS_DIFFER = 0.01
"""Arms may differ by this share of answers."""


def early_conversions(facts: Facts) -> TrustCheck:
    """Check that as few units in each arm had converted before they were exposed: nothing there can be an effect."""
    tallies = [facts.tally(name) for name in facts.variant_names]
    early, units = sum(tally.early for tally in tallies), facts.units
    share = early / units if units else 0.0
    p = anytime_p([tally.early for tally in tallies], [tally.units for tally in tallies])
    message = f"{early:,} of {units:,} units ({share:.1%}) had converted before they were exposed; that does not count"
    if units < FEWEST:
        status = TrustStatus.TOO_FEW
    elif p < FAILS_BELOW:
        status = TrustStatus.WARNING
        message += f", and arms differ in it (p {p:.2g})"
    else:
        status = TrustStatus.WARNING if share > MANY_EARLY else TrustStatus.PASSED
    evidence = {f"early.{tally.variant}": str(tally.early) for tally in tallies}
    return TrustCheck(
        name="EARLY_CONVERSIONS", status=status, message=f"{message}.", evidence=evidence | {"p_value": f"{p:.3g}"}
    )


def fallback_answers(facts: Facts) -> TrustCheck:
    """Check that units were scored by their variant's model, and that no arm had to do without it more than others."""
    tallies = [facts.tally(name) for name in facts.variant_names]
    counts, leads = [tally.fallback_answers for tally in tallies], [tally.leads for tally in tallies]
    shares = [count / lead for count, lead in zip(counts, leads, strict=True) if lead]
    overall = sum(counts) / sum(leads) if sum(leads) else 0.0
    p = anytime_p(counts, leads)
    apart = max(shares) - min(shares) if shares else 0.0
    message = f"{sum(counts):,} of {sum(leads):,} leads ({overall:.2%}) were not scored by their variant's model"
    if p < FAILS_BELOW and apart > FALLBACKS_DIFFER:
        status = TrustStatus.FAILED
        message += f", and arms differ by {apart:.1%}"
    elif sum(leads) < FEWEST:
        status = TrustStatus.TOO_FEW
    else:
        status = TrustStatus.WARNING if overall > FALLBACKS_WARN else TrustStatus.PASSED
    evidence = {f"fallback_answers.{tally.variant}": str(tally.fallback_answers) for tally in tallies}
    evidence |= {f"leads.{tally.variant}": str(tally.leads) for tally in tallies}
    return TrustCheck(
        name="FALLBACK_ANSWERS", status=status, message=f"{message}.", evidence=evidence | {"p_value": f"{p:.3g}"}
    )
