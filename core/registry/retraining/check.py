"""The check whether to train anew: gathers what there is to know, asks the policy, and asks for a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import numpy as np

from core.caller import Caller
from core.errors import InvalidInput
from core.feedback.label import Label, LabelReader, LabelSet
from core.identifiers import TenantId, check_identifier
from core.monitoring.drift_store import DriftStore
from core.monitoring.known_outcomes import complete_until
from core.monitoring.served_scores import ServedScores
from core.ports import Clock
from core.registry.hyperparameters import check_hyperparameters
from core.registry.model_registry import ModelRegistry, check_reason
from core.registry.retraining.evidence import DriftEvidence, PolicyInputs, RetrainingVerdict, ServedSample
from core.registry.retraining.policy import decide
from core.registry.retraining.rules import RetrainingRules
from core.registry.run_store import RunStore
from core.registry.training_run import RunDecision, RunState, TrainingRequest, TrainingRun
from core.version import LEAD_SCORE, ModelVersion

DEFAULT_SPLIT = 0.5
SPLIT_RANGE = (0.05, 0.5)
LABELS_AS_OF = "labels_as_of"
"""Parameter of a manifest, and evidence of a run: the moment whose labels were learned, ISO 8601."""
LABEL_COUNT, CHAMPION = "label_count", "champion"
"""Evidence of a run: how many labels it saw, and which version served then."""
_DAY = timedelta(days=1)
_NEWEST_RUNS = 50
_FEATURES_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What came of a check."""

    run: TrainingRun | None
    """A new run, or the one that is under way; None if none is needed."""
    verdict: RetrainingVerdict


class RetrainingCheck:
    """Checks whether a version is to be trained, and asks for the run.

    Args:
        labels: What is known of how leads turned out.
        registry: Which version serves, and what its manifest says.
        served: What versions said of leads.
        drift: What drift checks found.
        runs: Where runs are asked for.
        rules: What the operator set.
        clock: The present moment.
    """

    def __init__(
        self,
        *,
        labels: LabelReader,
        registry: ModelRegistry,
        served: ServedScores,
        drift: DriftStore,
        runs: RunStore,
        rules: RetrainingRules,
        clock: Clock,
    ) -> None:
        self._labels = labels
        self._registry = registry
        self._served = served
        self._drift = drift
        self._runs = runs
        self._rules = rules
        self._clock = clock

    def check(
        self,
        caller: Caller,
        *,
        kind: str = LEAD_SCORE,
        request_id: str | None = None,
        force: bool = False,
        reason: str = "",
        validation_split: float = DEFAULT_SPLIT,
        parameters: Mapping[str, float] = MappingProxyType({}),
    ) -> CheckResult:
        """Ask the policy, keep what it saw, and ask for a run if it says so or ``force`` is set.

        Args:
            caller: Who asks: of whose leads, and whose name the run bears.
            kind: What to train.
            request_id: Idempotency key: the same one gets the same run. None for the check of the clock, of which
                there is one in each trigger window.
            force: Ask for a run whatever the policy says.
            reason: Why, in the caller's words; at most 1000 characters.
            validation_split: Newest share of the labels to measure on, 0.05 to 0.5.
            parameters: Hyperparameters in place of the defaults.

        Raises:
            InvalidInput: Names what is wrong with the request.
            AlreadyExists: If ``request_id`` was used for another request.
        """
        now = self._clock()
        window = trigger_window(now, self._rules.check_every)
        key = f"window-{window}" if request_id is None else check_identifier(request_id, "request_id")
        request = TrainingRequest(
            kind=_checked_kind(kind),
            reason=reason,
            force=force,
            validation_split=_checked_split(validation_split),
            parameters=check_hyperparameters(parameters, "params"),
            trigger_window=key if force else window,
        )
        check_reason(reason)
        before = self._runs.repeated(caller, key, request, said=reason)
        if before is not None:
            asked = before.request
            return CheckResult(
                run=before, verdict=RetrainingVerdict(retrain=True, reason=asked.reason, triggers=asked.triggers)
            )
        return self._decide(caller, key, request, now)

    def inputs(self, tenant: TenantId, kind: str, now: datetime) -> PolicyInputs:
        """Return everything the policy looks at."""
        champion = self._champion(tenant, kind)
        label_set = self._labels.label_set(tenant, now)
        learned_until = None if champion is None else _learned_until(champion)
        new = label_set.labels if learned_until is None else _known_after(label_set, learned_until)
        name = "" if champion is None else champion.manifest.version
        return PolicyInputs(
            now=now,
            champion_time=None if champion is None else champion.manifest.create_time,
            champion_f1=None if champion is None else _f1(champion),
            champion_threshold=0.5 if champion is None else champion.manifest.threshold,
            label_count=len(label_set.labels),
            outcome_count=len(label_set.outcomes()),
            new_label_count=len(new),
            served=self._sample(name, label_set, [label for label in new if label.is_outcome]),
            drift=self._drift_evidence(tenant, kind, name),
            run_times=self._run_times(tenant, kind, now),
            new_since_last_decision=self._new_since_last_decision(label_set, kind, name),
        )

    def _decide(self, caller: Caller, key: str, request: TrainingRequest, now: datetime) -> CheckResult:
        tenant, kind = caller.tenant, request.kind
        verdict = decide(self.inputs(tenant, kind, now), self._rules)
        run: TrainingRun | None
        if request.force or verdict.retrain:
            asked = TrainingRequest(
                kind=kind,
                reason=_reason(caller, request, verdict),
                force=request.force,
                validation_split=request.validation_split,
                parameters=request.parameters,
                trigger_window=request.trigger_window,
                triggers=verdict.triggers,
            )
            run = self._runs.request(caller, key, asked, said=request.reason)
        else:
            run = self._under_way(tenant, kind)
        self._runs.record_check(
            tenant,
            kind,
            window=request.trigger_window,
            decision=_decision(request, verdict),
            reason=verdict.reason,
            triggers=verdict.triggers,
            run_id="" if run is None else run.run_id,
            now=now,
        )
        return CheckResult(run=run, verdict=verdict)

    def _champion(self, tenant: TenantId, kind: str) -> ModelVersion | None:
        pointer = self._registry.active(tenant, kind)
        return None if pointer is None else self._registry.get(tenant, kind, pointer.version)

    def _sample(self, version: str, label_set: LabelSet, outcomes: Sequence[Label]) -> ServedSample:
        scores = self._served.of_version(label_set.tenant, version, outcomes) if version and outcomes else {}
        until = complete_until(label_set, self._rules.outcome_window)
        known = [label for label in outcomes if label.lead_id in scores and scores[label.lead_id].score_time <= until]
        return ServedSample(
            outcomes=np.array([label.target >= 0.5 for label in known], dtype=np.bool_),  # noqa: PLR2004  0 or 1
            probabilities=np.array([scores[label.lead_id].probability for label in known], dtype=np.float64),
        )

    def _drift_evidence(self, tenant: TenantId, kind: str, version: str) -> DriftEvidence | None:
        report = self._drift.newest(tenant, kind, version) if version else None
        if report is None:
            return None
        features = report.drifted_features
        return DriftEvidence(
            check_time=report.report_time,
            drifted_features=features,
            score_drifted=report.score_drifted,
            message=_drift_message(features, score_drifted=report.score_drifted),
        )

    def _run_times(self, tenant: TenantId, kind: str, now: datetime) -> tuple[datetime, ...]:
        since = now - max(_DAY, self._rules.min_spacing)
        return tuple(run.create_time for run in self._runs.recent(tenant, kind, since) if not run.request.force)

    def _new_since_last_decision(self, label_set: LabelSet, kind: str, champion: str) -> int | None:
        newest = self._runs.list(label_set.tenant, kind, limit=_NEWEST_RUNS, after=None).items
        for run in newest:
            about_it = run.evidence.get(CHAMPION) == champion and LABELS_AS_OF in run.evidence
            if about_it and run.decision is not RunDecision.NONE:
                return len(_known_after(label_set, datetime.fromisoformat(run.evidence[LABELS_AS_OF])))
        return None

    def _under_way(self, tenant: TenantId, kind: str) -> TrainingRun | None:
        newest = self._runs.list(tenant, kind, limit=1, after=None).items
        return next((run for run in newest if run.state in {RunState.PENDING, RunState.RUNNING}), None)


def trigger_window(now: datetime, length: timedelta) -> str:
    """Return the name of the window a moment is in: its begin and its length, as ISO 8601 has it.

    Every process names the same window alike. No request id reads like that: ids have no slash.
    """
    seconds = int(length.total_seconds())
    begin = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
    return f"{begin:%Y-%m-%dT%H:%M:%S}Z/PT{seconds}S"


def _learned_until(champion: ModelVersion) -> datetime:
    """Return the moment whose labels a version learned; what became known since is new to it."""
    stated = champion.manifest.parameters.get(LABELS_AS_OF)
    return champion.manifest.create_time if stated is None else datetime.fromisoformat(str(stated))


def _known_after(label_set: LabelSet, moment: datetime) -> Sequence[Label]:
    return [label for label in label_set.labels if label.known_time > moment]


def _f1(champion: ModelVersion) -> float | None:
    return next((metric.value for metric in champion.manifest.metrics if metric.name == "f1"), None)


def _drift_message(features: Sequence[str], *, score_drifted: bool) -> str:
    named = ", ".join(features[:_FEATURES_NAMED]) + (" and others" if len(features) > _FEATURES_NAMED else "")
    parts = [f"{len(features)} features drifted: {named}."] if features else []
    if score_drifted:
        parts.append("The score drifted.")
    return " ".join(parts) or "Nothing drifted."


def _reason(caller: Caller, request: TrainingRequest, verdict: RetrainingVerdict) -> str:
    if request.force:
        return request.reason or f"forced by {caller.actor}"
    return f"{request.reason}: {verdict.reason}" if request.reason else verdict.reason


def _decision(request: TrainingRequest, verdict: RetrainingVerdict) -> str:
    if request.force:
        return "forced"
    return "asked" if verdict.retrain else "none"


def _checked_kind(kind: str) -> str:
    if kind != LEAD_SCORE:
        raise InvalidInput.of("kind", f"must be {LEAD_SCORE}: no other kind learns from outcomes")
    return kind


def _checked_split(split: float) -> float:
    least, most = SPLIT_RANGE
    # "Not within" instead of "outside", so that NaN is refused.
    if not least <= split <= most:
        raise InvalidInput.of("validation_split", f"must be {least:g} to {most:g}")
    return split
