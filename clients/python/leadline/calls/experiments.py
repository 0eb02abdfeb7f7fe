"""ExperimentService."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final, TypeVar
from uuid import uuid4

import grpc

from leadline.convert.experiment import assigned_from_wire, experiment_from_wire, experiment_to_wire
from leadline.convert.experiment_plan import plan_answer_from_wire, plan_to_wire
from leadline.convert.experiment_result import results_from_wire
from leadline.convert.model import version_from_wire
from leadline.errors import InvalidRequest, LeadlineError, Violation
from leadline.experiment import AssignedVariant, Experiment, StoppedExperiment
from leadline.experiment_plan import ExperimentPlan, PlanAnswer
from leadline.experiment_result import ExperimentResults
from leadline.transport import Transport
from leadline.v1 import experiment_service_pb2 as pb

SLOW_TIMEOUT: Final = timedelta(seconds=30)
"""Summing up an experiment, playing tests on leads, or loading a version that won."""

Request = TypeVar("Request")
Response = TypeVar("Response")


class ExperimentCalls:
    """Compares model versions on live traffic."""

    _transport: Transport

    def plan_experiment(
        self,
        plan: ExperimentPlan,
        *,
        traffic_percentages: Sequence[float] = (),
        covariate_correlation: float = 0.0,
        max_weeks: int = 0,
        aa_runs: int = 0,
        timeout: timedelta | None = None,
    ) -> PlanAnswer:
        """Work out how many units and days a test needs. Nothing is stored.

        Args:
            plan: What is wanted. Without ``baseline_rate`` and ``units_per_day`` those of the tenant are taken.
            traffic_percentages: Of the variants, the control first; they sum to 100. Empty: 50 and 50.
            covariate_correlation: Of the outcome with the score before exposure, in [0, 1): what it explains needs
                no units in the reading at one fixed horizon. The sequential test, which decides, does not use it.
            max_weeks: More weeks than this are too many; 0 means 8.
            aa_runs: So many tests without an effect are played on the tenant's own leads, 0 to 2,000.
            timeout: None means at least 30 seconds.

        Raises:
            InvalidRequest: If a number is out of its range, or nothing is known of the tenant's leads.
        """
        try:
            request = pb.PlanExperimentRequest(
                plan=plan_to_wire(plan, "plan"),
                traffic_percentages=traffic_percentages,
                covariate_correlation=covariate_correlation,
                max_weeks=max_weeks,
                aa_runs=aa_runs,
            )
        except (TypeError, ValueError, OverflowError) as problem:
            raise InvalidRequest.of([Violation(field="plan", rule=f"must fit: {problem}")]) from problem
        response = self._transport.call(
            self._transport.experiments.PlanExperiment, request, timeout=timeout, at_least=SLOW_TIMEOUT
        )
        return plan_answer_from_wire(response)

    def create_experiment(
        self,
        experiment: Experiment,
        *,
        force: bool = False,
        max_weeks: int = 0,
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> Experiment:
        """Create an experiment; it starts at its start time.

        Args:
            experiment: What only the server fills in is not sent.
            force: Create it though its plan takes more than ``max_weeks``.
            max_weeks: 0 means 8.
            request_id: Idempotency key; None makes one.
            timeout: None means at least 30 seconds.

        Returns:
            The experiment, complete.

        Raises:
            AlreadyExists: If there is or was one of that name.
            NotFound: If there is no such version.
            FailedPrecondition: If a version was retired, the layer is full, or the plan takes too long.
        """
        key = request_id or uuid4().hex
        request = pb.CreateExperimentRequest(
            request_id=key, experiment=experiment_to_wire(experiment), force=force, max_weeks=max_weeks
        )
        response = self._change(self._transport.experiments.CreateExperiment, request, key, timeout)
        return experiment_from_wire(response.experiment)

    def experiment(self, name: str, *, timeout: timedelta | None = None) -> Experiment:
        """Read one experiment.

        Raises:
            NotFound: If there is none.
        """
        request = pb.GetExperimentRequest(name=name)
        response = self._transport.call(self._transport.experiments.GetExperiment, request, timeout=timeout)
        return experiment_from_wire(response.experiment)

    def experiments(
        self, *, only_open: bool = False, page_size: int = 50, timeout: timedelta | None = None
    ) -> Iterator[Experiment]:
        """Yield every experiment, newest first; pages are fetched as they are needed.

        Args:
            only_open: Only those that are scheduled or running.
            page_size: In one call, at most 100.
            timeout: Deadline of each call.
        """
        token = ""
        while True:
            request = pb.ListExperimentsRequest(page_size=page_size, page_token=token, only_open=only_open)
            response = self._transport.call(self._transport.experiments.ListExperiments, request, timeout=timeout)
            yield from map(experiment_from_wire, response.experiments)
            token = response.next_page_token
            if not token:
                return

    def assign_variant(
        self,
        experiment: str,
        unit_id: str,
        *,
        lead_id: str = "",
        preview: bool = False,
        timeout: timedelta | None = None,
    ) -> AssignedVariant:
        """Say which variant a unit gets, and record that it was exposed: once, whatever number of calls.

        Args:
            experiment: Its name.
            unit_id: 1 to 128 characters.
            lead_id: A lead whose fate counts for the unit. Empty: the lead with the unit's id, if there is one.
            preview: Say only, record nothing.
            timeout: None means the client's.

        Raises:
            NotFound: If there is no such experiment.
            Unavailable: If the exposure cannot be recorded.
        """
        request = pb.AssignVariantRequest(experiment=experiment, unit_id=unit_id, lead_id=lead_id, preview=preview)
        response = self._transport.call(self._transport.experiments.AssignVariant, request, timeout=timeout)
        return assigned_from_wire(response)

    def experiment_results(self, experiment: str, *, timeout: timedelta | None = None) -> ExperimentResults:
        """Read what is known by now, what to do, and why. It may be read as often as one likes.

        Args:
            experiment: Its name.
            timeout: None means at least 30 seconds.

        Raises:
            NotFound: If there is none.
        """
        request = pb.GetExperimentResultsRequest(experiment=experiment)
        response = self._transport.call(
            self._transport.experiments.GetExperimentResults, request, timeout=timeout, at_least=SLOW_TIMEOUT
        )
        return results_from_wire(response)

    def stop_experiment(
        self,
        experiment: str,
        *,
        winner: str = "",
        activate_winner: bool = False,
        reason: str = "",
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> StoppedExperiment:
        """Stop an experiment for good.

        Args:
            experiment: Its name.
            winner: The variant that won; empty: none.
            activate_winner: Make the winner's version serve.
            reason: Why, at most 2,000 characters.
            request_id: Idempotency key; None makes one.
            timeout: None means at least 30 seconds.

        Raises:
            NotFound: If there is no such experiment or variant.
            FailedPrecondition: If it was stopped before.
        """
        key = request_id or uuid4().hex
        request = pb.StopExperimentRequest(
            request_id=key, experiment=experiment, winner=winner, activate_winner=activate_winner, reason=reason
        )
        response = self._change(self._transport.experiments.StopExperiment, request, key, timeout)
        activated = version_from_wire(response.activated) if response.HasField("activated") else None
        return StoppedExperiment(experiment=experiment_from_wire(response.experiment), activated=activated)

    def _change(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        request_id: str,
        timeout: timedelta | None,
    ) -> Response:
        try:
            return self._transport.call(method, request, timeout=timeout, at_least=SLOW_TIMEOUT)
        except LeadlineError as problem:
            problem.request_id = request_id
            raise
