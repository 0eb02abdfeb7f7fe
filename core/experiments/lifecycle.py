"""Creates experiments and stops them, on top of the store and the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from core.caller import Caller
from core.errors import InvalidInput, WrongState
from core.experiments.draft import ExperimentDraft
from core.experiments.experiment import Experiment, StoredExperiment
from core.experiments.experiment_store import ExperimentStore
from core.experiments.live import LiveExperiments
from core.experiments.planner import Planner, check_weeks
from core.experiments.planning import takes_too_long
from core.identifiers import TenantId, check_identifier
from core.ports import Clock, Page
from core.resilience.apart import problem_of
from core.scoring.lifecycle import ModelLifecycle
from core.version import ModelVersion

MAX_REASON = 2_000
"""Most characters of why an experiment was stopped."""
LATE = timedelta(minutes=1)
"""How far in the past a start may lie: for clocks that differ, and for calls that took their time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What came of stopping."""

    stored: StoredExperiment
    activated: ModelVersion | None
    """The winner's version, if it serves now."""


class ExperimentLifecycle:
    """Creates, lists and stops.

    Args:
        store: Where experiments are kept.
        live: Told at once of what this process changes.
        planner: Completes plans.
        models: Makes the winner serve.
        clock: The present moment.
        holdout_share: Of all units, in [0, 1): they take part in no experiment that is created from now on.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        store: ExperimentStore,
        live: LiveExperiments,
        planner: Planner,
        models: ModelLifecycle,
        clock: Clock,
        holdout_share: float = 0.0,
    ) -> None:
        self._store = store
        self._live = live
        self._planner = planner
        self._models = models
        self._clock = clock
        self._holdout_share = holdout_share

    def create(
        self, caller: Caller, request_id: str, draft: ExperimentDraft, *, force: bool = False, max_weeks: int = 0
    ) -> StoredExperiment:
        """Create an experiment; every process knows it about a second later, this one at once.

        The versions are loaded first: one that cannot serve would leave its units to a fallback.

        Args:
            caller: Who does.
            request_id: Idempotency key: the same request again gets the experiment as it stands.
            draft: What is asked for. It starts now if it does not say when, and at most a minute ago if it does.
            force: Create it though its plan takes longer than ``max_weeks``.
            max_weeks: 1 to 520; 0 means 8.

        Raises:
            InvalidInput: Names what is wrong with the request.
            AlreadyExists: If the name is taken, or ``request_id`` was used for another request.
            NotFound: If the tenant has no such version of a variant.
            WrongState: PLAN_TOO_LONG, VERSION_RETIRED, LAYER_FULL; ARTIFACT_REFUSED if a version cannot serve.
        """
        check_identifier(request_id, "request_id")
        most = check_weeks(max_weeks)
        before = self._store.repeated(caller, request_id, said=draft.said)
        if before is not None:
            return before
        experiment = self._completed(caller.tenant, draft)
        if not force:
            _check_length(experiment, most)
        for version in dict.fromkeys(variant.model_version for variant in experiment.variants):
            self._models.try_out(caller.tenant, experiment.model_kind, version)
        stored = self._store.create(caller, request_id, experiment, said=draft.said)
        self._know(caller.tenant, stored.experiment.name)
        return stored

    def get(self, tenant: TenantId, name: str) -> StoredExperiment:
        """Return one.

        Raises:
            NotFound: If the tenant has no such experiment.
        """
        return self._store.get(tenant, check_identifier(name, "name"))

    def list(self, tenant: TenantId, *, limit: int, after: str | None, only_open: bool) -> Page[StoredExperiment]:
        """Return up to ``limit``, newest first, after the page key ``after``."""
        return self._store.list(tenant, limit=limit, after=after, open_at=self._clock() if only_open else None)

    def stop(
        self, caller: Caller, request_id: str, name: str, winner: str, reason: str, *, activate_winner: bool
    ) -> Stopped:
        """Stop an experiment for good, and make its winner serve if that is wanted.

        The winner's files are tried out first, so that what cannot serve stops nothing. Where the activation fails all
        the same, the experiment is stopped, and the same request again completes it.

        Args:
            caller: Who does.
            request_id: Idempotency key.
            name: Of the experiment.
            winner: The variant that won; "" for none.
            reason: Why, at most 2,000 characters.
            activate_winner: Make the winner's version serve.

        Raises:
            InvalidInput: Names what is wrong with the request.
            AlreadyExists: If ``request_id`` was used for another request.
            NotFound: If there is no such experiment, or it has no such variant.
            WrongState: EXPERIMENT_STOPPED if it was stopped before by another request; ARTIFACT_REFUSED if the winner
                cannot serve.
        """
        check_identifier(request_id, "request_id")
        check_identifier(name, "experiment")
        _check_reason(reason)
        if activate_winner and not winner:
            raise InvalidInput.of("winner", "must be named to be activated")
        stored = self._store.get(caller.tenant, name)
        version = stored.experiment.variant(winner).model_version if winner else None
        if activate_winner and version is not None and stored.stop_time is None:
            self._models.try_out(caller.tenant, stored.experiment.model_kind, version)
        stored = self._store.stop(
            caller, request_id, name, winner=winner, reason=reason, activate_winner=activate_winner
        )
        self._know(caller.tenant, name)
        if not activate_winner or version is None:
            return Stopped(stored=stored, activated=None)
        return Stopped(stored=stored, activated=self._activated(caller, stored.experiment, winner, version))

    def _know(self, tenant: TenantId, name: str) -> None:
        """Let this process know at once of what it committed; where that fails it learns of it as the others do."""
        problem_of(partial(self._renew, tenant, name))

    def _renew(self, tenant: TenantId, name: str) -> None:
        self._live.renew(tenant, name)

    def _activated(self, caller: Caller, experiment: Experiment, winner: str, version: str) -> ModelVersion:
        moved = self._models.activate(
            caller,
            # One for each experiment: it is stopped once, so that whoever repeats the request repeats this too.
            f"experiment.{experiment.name}",
            experiment.model_kind,
            version,
            expected=None,
            reason=f"Won experiment {experiment.name} as {winner}.",
            evidence={"experiment": experiment.name, "variant": winner},
        )
        return moved.version

    def _completed(self, tenant: TenantId, draft: ExperimentDraft) -> Experiment:
        now = self._clock()
        # Everything but the plan first: a plan needs variants that are right.
        draft_alone = draft.completed(now=now, plan=None, holdout_share=self._holdout_share)
        _check_times(draft_alone, now)
        if draft.plan is None:
            return draft_alone
        try:
            shares = [draft_alone.control.share, *(variant.share for variant in draft_alone.treatments)]
            plan = self._planner.completed(tenant, draft.plan, shares)
        except InvalidInput as problem:
            raise problem.under("experiment") from None
        return draft.completed(now=now, plan=plan, holdout_share=self._holdout_share)


def _check_times(experiment: Experiment, now: datetime) -> None:
    if experiment.start_time < now - LATE:
        raise InvalidInput.of("experiment.start_time", "must not lie more than a minute in the past")
    if experiment.end_time is not None and experiment.end_time <= now:
        raise InvalidInput.of("experiment.end_time", "must lie in the future")


def _check_length(experiment: Experiment, max_weeks: int) -> None:
    """Refuse a plan that takes too long; one whose traffic is not known cannot be judged."""
    plan = experiment.plan
    if plan is not None and plan.days is not None and takes_too_long(plan, max_weeks):
        days, most = f"{plan.days:.0f}", str(max_weeks)
        message = f"the plan takes {days} days, which is more than {most} weeks"
        raise WrongState("PLAN_TOO_LONG", message, days=days, max_weeks=most)


def _check_reason(reason: str) -> None:
    if len(reason) > MAX_REASON:
        raise InvalidInput.of("reason", f"must be at most {MAX_REASON:,} characters")
    if "\x00" in reason:
        raise InvalidInput.of("reason", "must not hold NUL characters")
