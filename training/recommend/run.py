"""Fits, registers and, if that is proven to be right, activates a recommender."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from core.caller import Caller
from core.errors import ArtifactRefused, NotFound, WrongState
from core.event import MICROSECONDS, Event
from core.identifiers import VersionName
from core.recommend.artifact import read_model
from core.recommend.item import Item
from core.recommend.model import RecommendationModel
from core.recommend.off_policy import OffPolicyReport, Proof
from core.registry.model_registry import ModelRegistry
from core.version import RECOMMENDATION, Metric, ModelVersion
from training.progress import Report, silent
from training.recommend.evaluate import CUTOFF, Task, make_task, paired_metric, rank
from training.recommend.fit import (
    FEWEST_LEADS,
    FittedRecommender,
    RecommenderOptions,
    build,
    fit_recommender,
    served_scores,
)
from training.recommend.interactions import InteractionTable, table_of_events

FEWEST_UNSEEN = 200
"""Interactions since the serving version was fitted: with fewer, nothing can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The version that serves."""

    model: RecommendationModel
    learned_until_us: int
    """Time of the newest interaction it was fitted on, microseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A new version against the serving one."""

    fitted: FittedRecommender
    table: InteractionTable
    """Interactions with the items of the catalogue."""
    items: Sequence[Item]
    options: RecommenderOptions
    serving: VersionName

    def challenger(self, until_us: int) -> RecommendationModel:
        """Return the new recipe, fitted on nothing that happened after a moment."""
        older = self.table.rows(self.table.occurred_us <= until_us)
        return RecommendationModel(build(older, self.items, self.fitted.choice, self.options.seed))


OffPolicy = Callable[[Challenge], OffPolicyReport | None]
"""Returns what logged recommendations say of a new version; None if they say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether the new version is to serve."""

    activate: bool
    reason: str
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedRecommender:
    """What came of a run."""

    version: ModelVersion
    fitted: FittedRecommender
    decision: Decision
    off_policy: OffPolicyReport | None
    """What logged recommendations say of it against the serving version."""


def train_recommender(
    registry: ModelRegistry,
    caller: Caller,
    request_id: str,
    events: Iterable[Event],
    items: Sequence[Item],
    *,
    now: datetime,
    options: RecommenderOptions | None = None,
    off_policy: OffPolicy | None = None,
    activate: bool = True,
    report: Report = silent,
) -> TrainedRecommender:
    """Fit a recommender on what leads did, register it, and activate it if it is better beyond doubt.

    Args:
        registry: Of models.
        caller: Whose versions.
        request_id: Idempotency key.
        events: Of the caller's tenant, in any order.
        items: Its catalogue, without deleted items.
        now: Creation time of the version, aware.
        options: What can be chosen.
        off_policy: Says what logged recommendations say of the new version; None without a log.
        activate: Whether a better version may serve at once.
        report: Told how far it is.

    Raises:
        TrainingRefused: If there is too little to learn from.
        AlreadyExists: If ``request_id`` stands for something else.
    """
    table = table_of_events(events)
    active = registry.active(caller.tenant, RECOMMENDATION)
    chosen = options or RecommenderOptions()
    if active is not None:
        chosen = replace(chosen, parents=(active.version,))
    fitted = fit_recommender(table, items, chosen, now=now, report=report)
    serving = None if active is None else _serving(registry, caller, active.version)
    known = table.of_catalogue([item.item_id for item in items])
    judged = None
    if off_policy is not None and active is not None:
        challenge = Challenge(fitted=fitted, table=known, items=items, options=chosen, serving=active.version)
        judged = off_policy(challenge)
    decision = decide(fitted, serving, known, items, chosen, judged)
    version = registry.register(caller, request_id, fitted.files, f"fitted on {len(table):,} interactions")
    if activate and decision.activate:
        registry.activate(
            caller,
            f"{request_id}-activate",
            RECOMMENDATION,
            version.manifest.version,
            expected=None if active is None else active.version,
            reason=decision.reason,
            evidence=decision.evidence,
        )
    return TrainedRecommender(version=version, fitted=fitted, decision=decision, off_policy=judged)


def decide(  # noqa: PLR0917  its callers name what they pass
    fitted: FittedRecommender,
    serving: Serving | None,
    table: InteractionTable,
    items: Sequence[Item],
    options: RecommenderOptions,
    off_policy: OffPolicyReport | None,
) -> Decision:
    """Return whether a new version is to serve.

    With a log of recommendations, what it proves decides. Without, what leads did since the serving version was
    fitted: the new recipe, fitted on everything up to the middle of that time, against the serving version's own
    files, both asked to find what came after. Neither has seen it, and both know the histories up to then.

    Args:
        fitted: The new version.
        serving: The version that serves; None if none does or it cannot be read.
        table: Interactions with the items of the catalogue.
        items: The catalogue.
        options: Of the fit.
        off_policy: From logged recommendations.
    """
    if serving is None:
        return Decision(activate=True, reason="no version serves", evidence=_quality(fitted))
    if off_policy is not None and off_policy.proof is not Proof.NOT_PROVEN:
        gain = off_policy.gain
        evidence = {"off_policy_gain": f"{gain.value:.6g} [{gain.lower:.6g}, {gain.upper:.6g}]"}
        better = off_policy.proof is Proof.BETTER
        return Decision(activate=better, reason=f"off-policy value: {off_policy.reason}", evidence=evidence)
    return _by_unseen(fitted, serving, table, items, options)


def _by_unseen(
    fitted: FittedRecommender,
    serving: Serving,
    table: InteractionTable,
    items: Sequence[Item],
    options: RecommenderOptions,
) -> Decision:
    unseen = table.occurred_us[table.occurred_us > serving.learned_until_us]
    if unseen.size < FEWEST_UNSEEN:
        reason = f"{unseen.size:,} interactions since the serving version was fitted are too few to compare on"
        return Decision(activate=False, reason=reason, evidence=_quality(fitted))
    later = table.occurred_us > np.median(unseen)
    older, held = table.rows(~later), table.rows(later)
    task = make_task(older, held)
    if task.leads.size < FEWEST_LEADS:
        reason = f"{task.leads.size:,} leads that came back are too few to compare on"
        return Decision(activate=False, reason=reason, evidence=_quality(fitted))
    challenger = RecommendationModel(build(older, items, fitted.choice, options.seed))
    new = rank(task, served_scores(challenger, task)).ndcg[CUTOFF]
    old = rank(task, _in_order(serving.model.with_items(items), task)).ndcg[CUTOFF]
    gain = paired_metric(f"ndcg@{CUTOFF}_gain", new, old, options.seed)
    better = gain.lower is not None and gain.lower > 0.0
    reason = "finds what leads did since better" if better else "not proven to be better than the serving version"
    return Decision(activate=better, reason=reason, evidence={**_quality(fitted), gain.name: _text(gain)})


def _in_order(model: RecommendationModel, task: Task) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return what a version with a catalogue of its own says, in the order of the task's items."""
    index = {item_id: position for position, item_id in enumerate(model.item_ids)}
    places = np.array([index.get(item_id, -1) for item_id in task.history.item_ids], dtype=np.intp)
    scores = served_scores(model, task)
    lowest = scores.min(axis=1, keepdims=True)
    return np.asarray(np.where(places >= 0, scores[:, places], lowest), dtype=np.float32)


def _serving(registry: ModelRegistry, caller: Caller, version: VersionName) -> Serving | None:
    try:
        row, files = registry.load(caller.tenant, RECOMMENDATION, version)
        model = read_model(files)
    except (NotFound, WrongState, ArtifactRefused):
        return None
    until = row.manifest.training_end_time or row.manifest.create_time
    return Serving(model=model, learned_until_us=round(until.timestamp() * MICROSECONDS))


def _quality(fitted: FittedRecommender) -> dict[str, str]:
    wanted = (f"ndcg@{CUTOFF}", f"recall@{CUTOFF}")
    return {metric.name: _text(metric) for metric in fitted.manifest.metrics if metric.name in wanted}


def _text(metric: Metric) -> str:
    if metric.lower is None or metric.upper is None:
        return f"{metric.value:.4f}"
    return f"{metric.value:.4f} [{metric.lower:.4f}, {metric.upper:.4f}]"
