"""Chooses trees and windows by rolling origins: fitted on what came before, judged on what came next, several times.

Tashman 2000, "Out-of-sample tests of forecasting accuracy". Rows are cut by age, never by chance, so that what is
judged is what serving asks: leads that come after all that was learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.evaluation.losses import log_losses
from core.features.feature_set import Matrix
from training.booster import BoosterParameters, fit_booster, margins
from training.supervision import Supervision
from training.window import EVERYTHING, Window, fading_windows, recent_windows

Floats = npt.NDArray[np.float64]

ORIGINS = 4
VALIDATED_SHARE = 1 / 3
"""Newest share of the judged rows that the origins cut into blocks."""
FEWEST_VALIDATED = 200
FEWEST_OF_EACH = 10
"""Converted and other rows a calibration must rest on to be tried."""
_FOLDS = 2
_STEPS = 12
_SMALLEST_STEP = 1e-6
_TOLD = 10
_PRIOR = 1.0
_REGULAR_DEPTH = 3
_REGULAR_ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What can be chosen about a fit: the trees, and how much rows count for their age."""

    booster: BoosterParameters
    trees: Window = EVERYTHING
    calibration: Window = EVERYTHING

    @property
    def name(self) -> str:
        """Name in evidence."""
        trees = f"depth {self.booster.max_depth}, {self.booster.n_estimators} rounds"
        return f"{trees}; trees {self.trees.name}; calibration {self.calibration.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What one plan lost on the validated rows."""

    plan: Plan
    log_loss: float
    """Mean, nats."""
    excess: float
    """Over the lowest mean, nats, >= 0."""
    standard_error: float
    """Of the excess, over the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoice:
    """The plan that was chosen, and why."""

    plan: Plan
    candidates: tuple[Candidate, ...]
    """Best first; empty where there were too few rows to choose by."""
    validated_count: int
    origin_count: int


def regular(booster: BoosterParameters) -> BoosterParameters:
    """Return shallower and fewer trees, which follow less of what will not come again."""
    depth, rounds = min(_REGULAR_DEPTH, booster.max_depth), min(_REGULAR_ROUNDS, booster.n_estimators)
    return replace(booster, max_depth=depth, n_estimators=rounds)


def choose_plan(rows: Matrix, known: Supervision, boosters: Sequence[BoosterParameters], *, seed: int) -> PlanChoice:
    """Choose trees and windows.

    First the trees are chosen on all rows, then their window: not every pair of both is worth its time.

    Args:
        rows: (n, n_features), oldest first, each as of its lead's moment.
        known: Their labels.
        boosters: Settings of the trees to try, the preferred one first.
        seed: Of the folds.

    Returns:
        The plan with the lowest mean log-loss over the validated rows, or a simpler one within one standard error.
    """
    blocks = list(_blocks(known))
    if not blocks:
        return PlanChoice(plan=Plan(booster=boosters[0]), candidates=(), validated_count=0, origin_count=0)
    search = _Search(rows, known, blocks, seed)
    losses = {plan: lost for booster in boosters for plan, lost in search.losses(booster, EVERYTHING).items()}
    trees = _simplest_within_error(_candidates(losses)).booster
    for window in fading_windows(len(rows)):
        losses |= search.losses(trees, window)
    candidates = _candidates(losses)
    chosen = _simplest_within_error([candidate for candidate in candidates if candidate.plan.booster == trees])
    return PlanChoice(
        plan=chosen,
        candidates=candidates,
        validated_count=sum(len(block) for block in blocks),
        origin_count=len(blocks),
    )


def _blocks(known: Supervision) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the positions of the judged rows of each block, oldest first; none if too little comes before them."""
    judged = np.flatnonzero(known.judged)
    count = max(FEWEST_VALIDATED, round(VALIDATED_SHARE * judged.size))
    before = judged[:-count] if count < judged.size else judged[:0]
    converted = int(known.outcomes[before].sum())
    if min(converted, before.size - converted) >= FEWEST_OF_EACH:
        yield from np.array_split(judged[-count:], ORIGINS)


@dataclass(frozen=True, slots=True)
class _Search:
    """Fits and judges plans on the same blocks."""

    rows: Matrix
    known: Supervision
    blocks: Sequence[npt.NDArray[np.intp]]
    seed: int

    def losses(self, booster: BoosterParameters, window: Window) -> dict[Plan, Floats]:
        """Return the loss of these trees under every window of the calibration, on each validated row: (m,) each."""
        count = int(self.known.judged.sum())
        maps = (EVERYTHING, *recent_windows(count), *fading_windows(count))
        found: dict[Window, list[Floats]] = {calibration: [] for calibration in maps}
        for block in self.blocks:
            before = int(block[0])
            known, outcomes = self.known.first(before), self.known.outcomes[block]
            scored = _cross_fit(self.rows[:before], known, booster, window, self.rows[block], self.seed)
            for calibration in maps:
                found[calibration].append(_calibrated_losses(scored, known, calibration, outcomes))
        return {
            Plan(booster=booster, trees=window, calibration=calibration): np.concatenate(parts)
            for calibration, parts in found.items()
        }


@dataclass(frozen=True, slots=True)
class _Scored:
    """Margins of rows by trees that did not see them."""

    own: Floats
    """(n,): of the rows before the block, each by the trees of the other folds."""
    next: Floats
    """(folds, m): of the block's rows, by the trees of each fold: as many rows taught them as those of ``own``."""


def _cross_fit(  # noqa: PLR0917  what is fitted, how, and what is asked
    rows: Matrix, known: Supervision, booster: BoosterParameters, window: Window, block: Matrix, seed: int
) -> _Scored:
    order = np.random.default_rng(seed).permutation(len(rows))
    weights = known.tree_weights(window.weights(len(rows)))
    taught = known.taught()
    own, following = np.empty(len(rows)), []
    for held_out in np.array_split(order, _FOLDS):
        kept = np.ones(len(rows), dtype=np.bool_)
        kept[held_out] = False
        trees = fit_booster(rows[kept], taught[kept], booster, None if weights is None else weights[kept])
        own[held_out] = margins(trees, rows[held_out])
        following.append(margins(trees, block))
    return _Scored(own, np.stack(following))


def _calibrated_losses(scored: _Scored, known: Supervision, window: Window, outcomes: npt.NDArray[np.bool_]) -> Floats:
    own, converted = scored.own[known.judged], known.outcomes[known.judged]
    weights = known.judged_weights(window.weights(own.size))
    slope, shift = _line(own, converted, weights)
    probabilities = 1.0 / (1.0 + np.exp(-(slope * scored.next + shift)))
    losses: Floats = np.mean([log_losses(outcomes, told) for told in probabilities], axis=0)
    return losses


def _line(margins: Floats, outcomes: npt.NDArray[np.bool_], weights: Floats | None) -> tuple[float, float]:
    """Return slope and shift of Platt's map by Newton's method, drawn towards (1, 0) as by one row each.

    The real calibration is chosen later, among more maps; this one is fast, and exists for whatever rows there are.
    """
    counts = np.ones(margins.size) if weights is None else weights
    design = np.stack([margins, np.ones(margins.size)], axis=1)
    centre = np.array([1.0, 0.0])
    at = centre.copy()
    for _ in range(_STEPS):
        told = 1.0 / (1.0 + np.exp(-np.clip(design @ at, -30.0, 30.0)))
        gradient = design.T @ (counts * (told - outcomes)) + _PRIOR * (at - centre)
        curvature = (design * (counts * told * (1.0 - told))[:, None]).T @ design + _PRIOR * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        at -= np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < _SMALLEST_STEP:
            break
    return float(at[0]), float(at[1])


def _candidates(losses: dict[Plan, Floats]) -> tuple[Candidate, ...]:
    best = min(losses.values(), key=np.mean)
    found = []
    for plan, lost in losses.items():
        excess = lost - best
        error = float(excess.std() / np.sqrt(excess.size))
        mean, more = float(lost.mean()), max(0.0, float(excess.mean()))
        found.append(Candidate(plan=plan, log_loss=mean, excess=more, standard_error=error))
    return tuple(sorted(found, key=lambda candidate: candidate.log_loss))


def _simplest_within_error(candidates: Sequence[Candidate]) -> Plan:
    """Return the simplest plan that is not worse than the best by more than one standard error of the difference."""
    close = [candidate.plan for candidate in candidates if candidate.excess <= candidate.standard_error]
    return min(close, key=_complexity)


def _complexity(plan: Plan) -> tuple[float, ...]:
    # Shallow trees are simpler; so is whatever uses more rows.
    return (plan.booster.max_depth, plan.booster.n_estimators, -plan.trees.reach, -plan.calibration.reach)


def window_parameters(choice: PlanChoice) -> dict[str, str | int | float]:
    """Return the choice and what it rests on, for the manifest: each candidate's loss, and how far it is from the best.

    Only the best ten candidates are told, and the plainest.
    """
    found: dict[str, str | int | float] = {
        "window_of_trees": choice.plan.trees.name,
        "window_of_calibration": choice.plan.calibration.name,
        "window_origins": choice.origin_count,
        "window_validated_rows": choice.validated_count,
    }
    told = [
        *choice.candidates[:_TOLD],
        *(c for c in choice.candidates[_TOLD:] if c.plan == choice.plan or _is_plain(c.plan)),
    ]
    for candidate in told:
        found[f"window_log_loss ({candidate.plan.name})"] = round(candidate.log_loss, 6)
        found[f"window_excess_error ({candidate.plan.name})"] = round(candidate.standard_error, 6)
    return found


def _is_plain(plan: Plan) -> bool:
    return EVERYTHING == plan.trees == plan.calibration
