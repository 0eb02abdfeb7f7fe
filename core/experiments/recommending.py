"""What to do, and why: never from a reading that only holds for one look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.experiments.amounts import figure, points, signed_points
from core.experiments.experiment import ExperimentState
from core.experiments.facts import Facts
from core.experiments.plan import EffectScale
from core.experiments.results import (
    Comparison,
    GuardrailState,
    Progress,
    Recommendation,
    RecommendationCode,
    TrustCheck,
    TrustStatus,
)
from core.experiments.standing import Standing, has_horizon, is_at_horizon, is_final, standings


def recommend(
    facts: Facts, comparisons: Sequence[Comparison], checks: Sequence[TrustCheck], progress: Progress
) -> Recommendation:
    """Return the recommendation.

    Trust comes first. Then, on conversion, the planned-horizon test if there is a plan, and the always-valid interval
    if there is none. A winner must not violate a guardrail; one of which nothing is known yet does not hold it up.
    """
    failed = [check for check in checks if check.status is TrustStatus.FAILED]
    if failed:
        return _distrusted(failed)
    found = standings(facts, comparisons)
    better = sorted((one for one in found if one.direction > 0), key=lambda one: -one.current)
    sound = [one for one in better if not _guardrails(comparisons, one.treatment, GuardrailState.VIOLATED)]
    if sound:
        return _ship(facts, comparisons, sound[0])
    if found and all(one.direction < 0 for one in found):
        return _worse(facts, found)
    undecided = _undecided(facts, found, progress)
    if not better:
        return undecided
    if undecided.code is RecommendationCode.KEEP_RUNNING and not all(one.direction for one in found):
        return _held_up(facts, comparisons, better[0], undecided)
    return _spoiled(facts, comparisons, better[0])


def _distrusted(failed: Sequence[TrustCheck]) -> Recommendation:
    names = ", ".join(check.name for check in failed)
    return Recommendation(
        code=RecommendationCode.FIX_ALLOCATION,
        sentence=f"Do not use these results: {names} failed. {failed[0].message}",
        evidence={"failed_checks": names, **failed[0].evidence},
    )


def _ship(facts: Facts, comparisons: Sequence[Comparison], winner: Standing) -> Recommendation:
    unknown = _guardrails(comparisons, winner.treatment, GuardrailState.NOT_YET_KNOWN)
    open_ones = f" Not yet known is whether it keeps the guardrails on {_listed(unknown)}." if unknown else ""
    return Recommendation(
        code=RecommendationCode.SHIP_TREATMENT,
        sentence=f"Ship {winner.treatment}: it converts better than {_control(facts)} by {_amount(winner)}; "
        f"{winner.basis}.{open_ones}",
        variant=winner.treatment,
        evidence=_evidence(winner) | ({"guardrails_not_yet_known": _listed(unknown)} if unknown else {}),
    )


def _spoiled(facts: Facts, comparisons: Sequence[Comparison], winner: Standing) -> Recommendation:
    violated = _listed(_guardrails(comparisons, winner.treatment, GuardrailState.VIOLATED))
    return Recommendation(
        code=RecommendationCode.KEEP_CONTROL,
        sentence=f"Keep {_control(facts)}: {winner.treatment} converts better by {_amount(winner)}, but violates the "
        f"guardrail on {violated}; {winner.basis}.",
        evidence=_evidence(winner) | {"guardrails_violated": violated},
    )


def _held_up(
    facts: Facts, comparisons: Sequence[Comparison], winner: Standing, undecided: Recommendation
) -> Recommendation:
    """Return what is said of the treatments that may still win, with the one that cannot."""
    violated = _listed(_guardrails(comparisons, winner.treatment, GuardrailState.VIOLATED))
    also = f"{winner.treatment} converts better than {_control(facts)}, but violates the guardrail on {violated}."
    return replace(
        undecided,
        sentence=f"{undecided.sentence} {also}",
        evidence={**undecided.evidence, "violates_guardrails": winner.treatment, "guardrails_violated": violated},
    )


def _worse(facts: Facts, found: Sequence[Standing]) -> Recommendation:
    nearest = max(found, key=lambda one: one.current)
    whose = nearest.treatment if len(found) == 1 else f"every treatment, even {nearest.treatment},"
    return Recommendation(
        code=RecommendationCode.KEEP_CONTROL,
        sentence=f"Keep {_control(facts)}: {whose} converts worse by {_amount(nearest)}; {nearest.basis}.",
        evidence=_evidence(nearest),
    )


def _undecided(facts: Facts, found: Sequence[Standing], progress: Progress) -> Recommendation:
    margin = _margin(facts)
    # Whoever is worse is out: what is left must differ by less than matters.
    left = [one for one in found if one.direction == 0]
    widest = max(left, key=_farthest, default=None)
    final = is_final(facts)
    small = widest is not None and widest.interval is not None and _farthest(widest) <= margin
    if widest is not None and small and (final or not _is_waited_for(facts)):
        return Recommendation(
            code=RecommendationCode.NO_DIFFERENCE,
            sentence=f"No difference that matters: {widest.treatment} and {_control(facts)} differ by "
            f"{_amount(widest)}, which is within the {points(margin)} that would matter; {widest.basis}.",
            evidence=_evidence(widest) | {"smallest_that_matters": f"{margin:.6g}"},
        )
    if final:
        return _underpowered(facts, widest, margin)
    return _keep_running(facts, widest, progress, small=small)


def _underpowered(facts: Facts, widest: Standing | None, margin: float) -> Recommendation:
    basis = widest.basis if widest else "no treatment got units"
    said = (
        f"{widest.treatment} and {_control(facts)} differ by {_amount(widest)}; " if widest and widest.interval else ""
    )
    if not margin > 0.0:
        sentence = f"Too few units to say: nobody converted in {_control(facts)}, so a relative effect means nothing; "
    elif is_at_horizon(facts):
        sentence = (
            f"The planned test is over and neither found nor ruled out a difference of {points(margin)}; "
            f"more units will not change that, plan a longer test; {said}"
        )
    elif said:
        sentence = f"Too few units to say whether there is a difference of {points(margin)}, which would matter; {said}"
    else:
        sentence = "Too few units to say: "
    return Recommendation(
        code=RecommendationCode.UNDERPOWERED,
        sentence=f"{sentence}{basis}.",
        evidence=(_evidence(widest) if widest else {}) | {"smallest_that_matters": f"{margin:.6g}"},
    )


def _keep_running(facts: Facts, widest: Standing | None, progress: Progress, *, small: bool) -> Recommendation:
    state = facts.stored.state(facts.moment)
    basis = widest.basis if widest else "no treatment gets units"
    if state is ExperimentState.SCHEDULED:
        sentence = f"Keep it as it is: it starts at {facts.stored.experiment.start_time.isoformat()}."
    elif state is ExperimentState.RUNNING:
        sentence = f"Keep running, nothing is decided: {basis}.{_remaining(progress, _finished(facts))}"
    else:
        sentence = f"Wait: it is over, but its last units may still convert within their window; {basis}."
    if small and state is ExperimentState.RUNNING and not has_horizon(facts.stored.experiment):
        sentence += " So far no difference that matters is left: stop it, and read it when its last units are done."
    evidence = (_evidence(widest) if widest else {}) | {"units": str(progress.units)}
    if progress.horizon_units:
        evidence["horizon_units"] = str(progress.horizon_units)
    if progress.days_left is not None:
        evidence["days_left"] = f"{progress.days_left:.1f}"
    return Recommendation(code=RecommendationCode.KEEP_RUNNING, sentence=sentence, evidence=evidence)


def _remaining(progress: Progress, finished: str) -> str:
    if not progress.horizon_units:
        return f" {progress.units:,} units are in{finished}."
    days = "" if progress.days_left is None else f", and about {progress.days_left:.1f} days are left"
    return f" {progress.units:,} of {progress.horizon_units:,} units are in{finished}{days}."


def _finished(facts: Facts) -> str:
    if facts.finished == facts.units:
        return ""
    return f" ({facts.finished:,} had their time to convert: looks count these)"


def _is_waited_for(facts: Facts) -> bool:
    """Whether a last word is still to come: the planned test has not ended, or units may convert within their window.

    Without a window a unit counts as it stands.
    """
    experiment = facts.stored.experiment
    return has_horizon(experiment) or experiment.conversion_window is not None


def _margin(facts: Facts) -> float:
    """Return the smallest difference of rates that matters."""
    experiment, control = facts.stored.experiment, facts.tally(facts.stored.experiment.control.name)
    if experiment.effect_scale is EffectScale.ABSOLUTE:
        return experiment.min_effect
    return experiment.min_effect * (control.converted.total / control.units if control.units else 0.0)


def _farthest(standing: Standing) -> float:
    """Return how far from 0 the difference may be; beyond everything if nothing was read."""
    if standing.interval is None:
        return 2.0
    return max(abs(standing.interval.lower), abs(standing.interval.upper))


def _guardrails(comparisons: Sequence[Comparison], treatment: str, state: GuardrailState) -> list[str]:
    """Return the metrics of a treatment's guardrails that are in a state; what could not be tested is not yet known."""
    return [
        one.metric.value
        for one in comparisons
        if one.treatment == treatment and one.non_inferiority is not None and one.non_inferiority.state is state
    ]


def _control(facts: Facts) -> str:
    return facts.stored.experiment.control.name


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _amount(standing: Standing) -> str:
    """Return the difference without its sign, unless that says the contrary of what was decided."""
    if standing.interval is None:
        return "an unknown amount"
    lower, upper, level = standing.interval.lower, standing.interval.upper, standing.interval.level
    difference = standing.difference
    shown = points(abs(difference)) if standing.direction * difference >= 0.0 else signed_points(difference)
    return f"{shown} ({100.0 * level:.4g} % interval {figure(lower, '+')} to {figure(upper, '+')})"


def _evidence(standing: Standing) -> dict[str, str]:
    return {"treatment": standing.treatment, **standing.evidence}
