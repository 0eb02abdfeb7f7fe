"""Whether a challenger may serve: only if it is better beyond doubt on leads that nobody was fitted to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.evaluation.sample import Floats, Outcomes, check_sample
from core.registry.retraining.contenders import Comparison, Entrant
from core.registry.retraining.evidence import PromotionVerdict
from core.registry.retraining.rules import RetrainingRules
from core.registry.training_run import Contender, RunDecision

CHALLENGER = "challenger"
CHAMPION = "champion"
FALLBACK = "baseline"
"""What answers where no version serves."""
BASE_RATE = "base_rate"
LAST_WINDOW_RATE = "last_window_rate"

_LEAST_RATE = 0.001
"""A constant of 0 or 1 would lose without bound at the first lead that proves it wrong."""
_SAME = 1e-9


def compare(
    *,
    outcomes: npt.ArrayLike,
    challenger: npt.ArrayLike,
    champion: npt.ArrayLike | None,
    champion_version: str,
    challenger_version: str,
    base_rate: float,
    last_window_rate: npt.ArrayLike,
    rules: RetrainingRules,
    fallback: npt.ArrayLike | None = None,
    seed: int = 42,
    threshold: float = 0.5,
) -> PromotionVerdict:
    """Compare a challenger with all that could serve in its place, on the same leads.

    "Better" is a lower log-loss with probability ``rules.confidence`` by the paired bootstrap, that swapping the names
    of the two on random leads does not explain either.

    REFUSED: the holdout has one outcome only, or the challenger is not better than the base rate, or its log-loss is
    above that of "repeat the last window's rate" with probability ``rules.confidence``. The last holds only where a
    champion serves, for without one the choice is between the challenger and nothing.
    PROMOTED: it is better than the champion, and neither its AUC nor its calibration error (ECE, 15 bins of one width)
    is shown to be worse by more than its margin with that probability. Without a champion it is better than the
    fallback, which answers in its place.
    KEPT_AS_SHADOW: fit to serve, but that is not shown.

    The margins are judged like this because the burden of proof lies with the log-loss, which pays for order and for
    calibration at once: with a few hundred leads a point estimate of AUC is off by more than any useful margin, and
    would stop a challenger of the same AUC that is better beyond doubt every third time.

    Args:
        outcomes: (n,), n >= 0, of the newest leads with outcomes.
        challenger: (n,), from a model fitted without these leads.
        champion: (n,), or None if no version serves or its files are gone.
        fallback: (n,), of what answers while no version does, each lead by what was known before it; None where a
            version serves.
        champion_version: For the record; "" if there is none.
        challenger_version: For the record.
        base_rate: Share of conversions among the leads the challenger was fitted to, in [0, 1].
        last_window_rate: Share of conversions in the window before each of these leads, in [0, 1]: (n,), or a number.
        rules: ``confidence``, ``auc_margin``, ``calibration_margin``.
        seed: Of the resampling.
        threshold: Of F1, which is shown and decides nothing.

    Raises:
        InvalidInput: For probabilities, outcomes or rates that are none, or lengths that differ.
    """
    versions = {
        CHALLENGER: challenger_version,
        CHAMPION: champion_version,
        FALLBACK: FALLBACK,
        BASE_RATE: "",
        LAST_WINDOW_RATE: "",
    }
    absent = {name for name, asked in ((CHAMPION, champion), (FALLBACK, fallback)) if asked is None}
    if np.size(outcomes) == 0:
        return _nothing_to_judge(versions, absent)
    y, new = check_sample(outcomes, challenger)
    said = {CHALLENGER: new}
    if champion is not None:
        said[CHAMPION] = check_sample(outcomes, champion)[1]
    if fallback is not None:
        said[FALLBACK] = check_sample(outcomes, fallback)[1]
    said[BASE_RATE] = _constant(y, base_rate, BASE_RATE)
    said[LAST_WINDOW_RATE] = _constant(y, last_window_rate, LAST_WINDOW_RATE)
    entrants = tuple(Entrant(name=name, version=versions[name], probabilities=p) for name, p in said.items())
    comparison = Comparison(y, entrants, threshold=threshold, seed=seed)
    verdict = _judge(comparison, y, said, rules)
    return PromotionVerdict(
        decision=verdict.decision,
        reason=verdict.reason,
        evidence=_evidence(comparison, y, rules, said),
        contenders=comparison.contenders(),
    )


class _Judgement(NamedTuple):
    decision: RunDecision
    reason: str


def _judge(comparison: Comparison, y: Outcomes, said: dict[str, Floats], rules: RetrainingRules) -> _Judgement:
    if y.all() or not y.any():
        return _Judgement(
            RunDecision.REFUSED, f"All {y.size} leads it is judged on have one outcome: nothing is shown."
        )
    over_base = comparison.gain(CHALLENGER, BASE_RATE, "log_loss").probability_above(0.0)
    # A handful of leads that all agree convinces the bootstrap, which has never seen another one; not this test.
    by_chance = comparison.p_by_chance(CHALLENGER, BASE_RATE)
    if over_base < rules.confidence or by_chance > 1.0 - rules.confidence:
        return _Judgement(
            RunDecision.REFUSED,
            f"No better than the base rate beyond doubt on {y.size} leads: P(better log-loss) = {over_base:.3f}, "
            f"p = {by_chance:.3f}.",
        )
    if CHAMPION not in said:
        return _without_champion(comparison, y.size, over_base, said, rules)
    over_last = comparison.gain(CHALLENGER, LAST_WINDOW_RATE, "log_loss").probability_above(0.0)
    if over_last <= 1.0 - rules.confidence:
        return _Judgement(
            RunDecision.REFUSED,
            f"Repeating the last window's rate is better on {y.size} leads: P(better log-loss) = {over_last:.3f}.",
        )
    if float(np.abs(said[CHALLENGER] - said[CHAMPION]).max()) < _SAME:
        return _Judgement(RunDecision.KEPT_AS_SHADOW, f"It gives the same answers as the champion on {y.size} leads.")
    return _against_champion(comparison, y.size, rules)


def _without_champion(
    comparison: Comparison, count: int, over_base: float, said: dict[str, Floats], rules: RetrainingRules
) -> _Judgement:
    found = f"it beats the base rate on {count} leads: P(better log-loss) = {over_base:.3f}"
    if FALLBACK not in said:
        return _Judgement(RunDecision.PROMOTED, f"No champion to compare it with, and {found}.")
    better = comparison.gain(CHALLENGER, FALLBACK, "log_loss").probability_above(0.0)
    by_chance = comparison.p_by_chance(CHALLENGER, FALLBACK)
    over = f"than the fallback that answers now: P(better) = {better:.3f}, p = {by_chance:.3f}"
    if better < rules.confidence or by_chance > 1.0 - rules.confidence:
        return _Judgement(
            RunDecision.KEPT_AS_SHADOW, f"No champion, and {found}. But it is not better beyond doubt {over}."
        )
    return _Judgement(RunDecision.PROMOTED, f"No champion, {found}, and it is better {over}.")


def _against_champion(comparison: Comparison, count: int, rules: RetrainingRules) -> _Judgement:
    loss = comparison.gain(CHALLENGER, CHAMPION, "log_loss")
    better, by_chance = loss.probability_above(0.0), comparison.p_by_chance(CHALLENGER, CHAMPION)
    found = f"log-loss gain {loss.value:+.4f} nats on {count} leads, P(better) = {better:.3f}, p = {by_chance:.3f}"
    if better < rules.confidence or by_chance > 1.0 - rules.confidence:
        return _Judgement(RunDecision.KEPT_AS_SHADOW, f"Not better than the champion beyond doubt: {found}.")
    for figure, margin in (("auc", rules.auc_margin), ("ece", rules.calibration_margin)):
        gain = comparison.gain(CHALLENGER, CHAMPION, figure)
        worse = 1.0 - gain.probability_above(-margin)
        if worse >= rules.confidence:
            return _Judgement(
                RunDecision.KEPT_AS_SHADOW,
                f"Better, {found}, but {figure.upper()} is worse by {-gain.value:.4f}, more than {margin:g} beyond "
                f"doubt: P = {worse:.3f}.",
            )
    return _Judgement(RunDecision.PROMOTED, f"Better than the champion beyond doubt: {found}.")


def _evidence(comparison: Comparison, y: Outcomes, rules: RetrainingRules, said: dict[str, Floats]) -> dict[str, str]:
    others = [name for name in said if name != CHALLENGER]
    found = {"holdout_leads": str(y.size), "holdout_conversions": str(int(y.sum()))}
    for other in others:
        gain = comparison.gain(CHALLENGER, other, "log_loss")
        over = "" if other == CHAMPION else f"_than_{other}"
        found[f"p_better_log_loss{over}"] = f"{gain.probability_above(0.0):.4f}"
        found[f"p_by_chance{over}"] = f"{comparison.p_by_chance(CHALLENGER, other):.4f}"
        lower, upper = gain.bounds(rules.confidence)
        found[f"log_loss_gain{over}"] = f"{gain.value:+.5f} ({lower:+.5f} to {upper:+.5f})"
    if CHAMPION in said:
        found |= _margins(comparison, y, rules)
    return found


def _margins(comparison: Comparison, y: Outcomes, rules: RetrainingRules) -> dict[str, str]:
    found: dict[str, str] = {}
    for figure, margin in (("auc", rules.auc_margin), ("ece", rules.calibration_margin)):
        if figure == "auc" and (y.all() or not y.any()):
            continue
        gain = comparison.gain(CHALLENGER, CHAMPION, figure)
        lower, upper = gain.bounds(rules.confidence)
        found[f"{figure}_gain"] = f"{gain.value:+.5f} ({lower:+.5f} to {upper:+.5f})"
        found[f"p_{figure}_worse_than_margin"] = f"{1.0 - gain.probability_above(-margin):.4f}"
    return found


def _constant(y: Outcomes, rate: npt.ArrayLike, field: str) -> Floats:
    rates = np.broadcast_to(np.asarray(rate, dtype=np.float64), y.shape)
    if not ((rates >= 0.0) & (rates <= 1.0)).all():
        raise InvalidInput.of(field, "must be between 0 and 1")
    return np.clip(rates, _LEAST_RATE, 1.0 - _LEAST_RATE)


def _nothing_to_judge(versions: dict[str, str], absent: set[str]) -> PromotionVerdict:
    names = [name for name in versions if name not in absent]
    return PromotionVerdict(
        decision=RunDecision.REFUSED,
        reason="There are no leads with outcomes to judge it on.",
        evidence={"holdout_leads": "0", "holdout_conversions": "0"},
        contenders=tuple(Contender(name=name, version=versions[name], metrics=()) for name in names),
    )
