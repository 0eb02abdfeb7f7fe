"""What one training run does, from the labels to the version that serves, scores in the shadow, or was refused.

It may be killed at any moment. What it is about to do with a version is written down before the version is registered,
and every step after that bears an idempotency key made from the run: whoever goes on finds what was done and does the
rest. So a run registers one version at most, and never half of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.caller import Caller, Role
from core.errors import (
    AlreadyExists,
    DependencyDown,
    InvalidInput,
    NotFound,
    VersionConflict,
    WrongState,
)
from core.feedback.label import LabelReader, LabelSet
from core.identifiers import TenantId, VersionName
from core.ports import Clock
from core.registry.manifest import parse_manifest
from core.registry.model_registry import MAX_REASON, ModelRegistry
from core.registry.retraining.check import CHAMPION, LABEL_COUNT, LABELS_AS_OF
from core.registry.retraining.evidence import PromotionVerdict
from core.registry.retraining.promotion import compare
from core.registry.retraining.rules import RetrainingRules
from core.registry.training_run import PreparedVersion, RunDecision, TrainingRequest
from core.version import MANIFEST_FILE, Manifest
from training.challenger import Challenger, ChallengerOptions
from training.learning.claimed import ClaimedRun
from training.progress import Report

UNDER_WAY = timedelta(seconds=5)
"""Labels are read as of that long ago: what was recorded then has been committed by now, so that the same moment gives
the same labels again."""
ACTOR = "training"
"""Who registers and activates, in event logs and audit records."""
_REGISTERED_AT = 0.97
_SHOWN = 5
"""Candidates named in the evidence."""

Fit = Callable[[TenantId, LabelSet, VersionName | None, ChallengerOptions, Report], Challenger]
"""Fits a challenger on labels beside the serving version, or raises :class:`training.refusal.TrainingRefused`."""


class LearningRun:
    """Carries out claimed runs.

    Args:
        registry: Where versions go.
        labels: What is known of how leads turned out.
        fit: Makes the challenger.
        rules: What the operator set.
        clock: The present moment.
    """

    def __init__(
        self, *, registry: ModelRegistry, labels: LabelReader, fit: Fit, rules: RetrainingRules, clock: Clock
    ) -> None:
        self._registry = registry
        self._labels = labels
        self._fit = fit
        self._rules = rules
        self._clock = clock

    def go(self, claimed: ClaimedRun) -> None:
        """Do what is left of a run, and end it: with a version, or with the reason why there is none.

        Raises:
            ClaimLost: If the run is somebody else's by now; nothing more was done then.
            DependencyDown: If the store does not work; the run can be begun again.
        """
        run = claimed.read()
        before = run.prepared
        if before is not None and self._is_registered(claimed.tenant, run.request.kind, before.version):
            self._act(claimed, run.request.kind, before)
            return
        attempt = _Attempt(claimed, run.request, {CHAMPION: self._serving(claimed.tenant, run.request.kind)})
        try:
            self._make(attempt, before)
        except DependencyDown as down:
            if down.metadata.get("dependency") != "artifacts":
                raise
            claimed.fail(_not_written(down), evidence=attempt.evidence)
        except InvalidInput as refused:
            claimed.fail(refused.message, decision=RunDecision.REFUSED, evidence=attempt.evidence)
        except WrongState as refused:
            sentence = f"{refused.reason}: {refused.message}"
            claimed.fail(sentence, decision=RunDecision.REFUSED, evidence=attempt.evidence)

    def _make(self, attempt: _Attempt, before: PreparedVersion | None) -> None:
        claimed, request = attempt.claimed, attempt.request
        claimed.report("reading labels", 0.0)
        as_of = self._clock() - UNDER_WAY
        labels = self._labels.label_set(claimed.tenant, as_of)
        attempt.evidence |= _label_evidence(labels, as_of)
        champion = attempt.evidence[CHAMPION]
        options = ChallengerOptions(validation_split=request.validation_split, parameters=request.parameters)
        serving = VersionName(champion) if champion else None
        challenger = self._fit(claimed.tenant, labels, serving, options, _below(claimed.report, _REGISTERED_AT))
        files = challenger.fitted.files
        manifest = parse_manifest(files[MANIFEST_FILE])
        verdict = self._compare(challenger, champion, manifest)
        attempt.evidence |= {**_choice_evidence(challenger), **verdict.evidence}
        # Without a champion that it has none is no news.
        note = challenger.champion_note if champion else ""
        reason = f"{verdict.reason} Note: {note}." if note else verdict.reason
        if verdict.decision is RunDecision.REFUSED:
            claimed.fail(reason, decision=RunDecision.REFUSED, evidence=attempt.evidence, contenders=verdict.contenders)
            return
        prepared = PreparedVersion(
            version=manifest.version,
            champion=champion,
            decision=verdict.decision,
            reason=reason,
            evidence=dict(attempt.evidence),
            contenders=verdict.contenders,
        )
        self._register(attempt, prepared, files, before)

    def _register(
        self, attempt: _Attempt, prepared: PreparedVersion, files: dict[str, bytes], before: PreparedVersion | None
    ) -> None:
        claimed, kind = attempt.claimed, attempt.request.kind
        claimed.prepare(prepared)
        claimed.report("registering the version", _REGISTERED_AT)
        caller = _caller(claimed)
        try:
            self._registry.register(caller, claimed.run_id, files, _reason(f"training run {claimed.run_id}"))
        except AlreadyExists:
            # An attempt that was taken for lost has registered its version after all; that one is the run's.
            if before is None or not self._is_registered(claimed.tenant, kind, before.version):
                raise
            claimed.prepare(before)
            prepared = before
        self._act(claimed, kind, prepared)

    def _act(self, claimed: ClaimedRun, kind: str, prepared: PreparedVersion) -> None:
        """Do with a registered version what was decided, and end the run."""
        claimed.check()
        done = prepared
        if prepared.decision is RunDecision.PROMOTED:
            done = self._promote(claimed, kind, prepared)
        if done.decision is RunDecision.KEPT_AS_SHADOW:
            done = self._shadow(claimed, kind, done)
        claimed.succeed(done)

    def _promote(self, claimed: ClaimedRun, kind: str, prepared: PreparedVersion) -> PreparedVersion:
        try:
            self._registry.activate(
                _caller(claimed),
                claimed.run_id,
                kind,
                prepared.version,
                expected=prepared.champion,
                reason=_reason(prepared.reason),
                evidence={**prepared.evidence, "training_run": claimed.run_id},
            )
        except VersionConflict as conflict:
            active = conflict.metadata.get("active", "")
            found = f"{prepared.reason} But {active or 'no version'} serves by now, with which it was not compared."
            return replace(prepared, decision=RunDecision.KEPT_AS_SHADOW, reason=found)
        return prepared

    def _shadow(self, claimed: ClaimedRun, kind: str, prepared: PreparedVersion) -> PreparedVersion:
        try:
            self._registry.set_shadow(
                _caller(claimed),
                claimed.run_id,
                kind,
                prepared.version,
                reason=_reason(prepared.reason),
                evidence={**prepared.evidence, "training_run": claimed.run_id},
            )
        except WrongState as refused:
            if refused.reason != "VERSION_ACTIVE":
                raise
            return replace(prepared, reason=f"{prepared.reason} Somebody made it the serving version meanwhile.")
        return prepared

    def _compare(self, challenger: Challenger, champion: str, manifest: Manifest) -> PromotionVerdict:
        return compare(
            outcomes=challenger.outcomes,
            challenger=challenger.probabilities,
            champion=challenger.champion_probabilities,
            champion_version=champion,
            challenger_version=manifest.version,
            base_rate=challenger.base_rate,
            last_window_rate=challenger.last_window_rates,
            fallback=challenger.fallback_probabilities,
            rules=self._rules,
            threshold=manifest.threshold,
        )

    def _serving(self, tenant: TenantId, kind: str) -> str:
        pointer = self._registry.active(tenant, kind)
        return "" if pointer is None else pointer.version

    def _is_registered(self, tenant: TenantId, kind: str, version: VersionName) -> bool:
        try:
            self._registry.get(tenant, kind, version)
        except NotFound:
            return False
        return True


@dataclass(slots=True)
class _Attempt:
    claimed: ClaimedRun
    request: TrainingRequest
    evidence: dict[str, str]
    """Grows on the way, so that a refusal says what was known by then."""


def _label_evidence(labels: LabelSet, as_of: datetime) -> dict[str, str]:
    return {
        LABELS_AS_OF: as_of.isoformat(),
        LABEL_COUNT: str(len(labels.labels)),
        "outcome_count": str(len(labels.outcomes())),
        "label_fingerprint": labels.fingerprint,
    }


def _choice_evidence(challenger: Challenger) -> dict[str, str]:
    choice = challenger.window
    found = {"plan": choice.plan.name}
    if choice.candidates:
        found["plan_validated_leads"] = str(choice.validated_count)
        found["plan_candidates"] = "; ".join(
            f"{candidate.plan.name}: {candidate.excess:+.5f} nats" for candidate in choice.candidates[:_SHOWN]
        )
    return found


def _not_written(down: DependencyDown) -> str:
    cause = down.__cause__
    why = cause.strerror if isinstance(cause, OSError) and cause.strerror else "the folder does not work"
    return f"The files of the version could not be written ({why}); nothing was registered."


def _below(report: Report, share: float) -> Report:
    return lambda doing, done: report(doing, share * done)


def _caller(claimed: ClaimedRun) -> Caller:
    return Caller(tenant=claimed.tenant, actor=ACTOR, roles=frozenset({Role.ADMIN}), correlation_id=claimed.run_id)


def _reason(text: str) -> str:
    return text[:MAX_REASON]
