"""ExperimentService."""

from __future__ import annotations

import grpc
from leadline.v1 import experiment_service_pb2 as pb
from leadline.v1 import experiment_service_pb2_grpc

from core.errors import InvalidInput
from core.identifiers import check_identifier
from core.paging import decode_page_token, encode_page_token, page_limit
from core.ports import Clock
from server.convert.assignment import assigned_to_wire
from server.convert.experiment import draft_from_wire, experiment_to_wire
from server.convert.experiment_planning import plan_answer_to_wire, plan_request_from_wire
from server.convert.experiment_result import results_to_wire
from server.convert.model import version_to_wire
from server.experiments import Experiments
from server.identity import Identify

_LIST = "experiments"
_MOST_LISTED = 100
"""On a page: a thousand testers in each make 64 MB of them, the most that fits a message."""


class ExperimentServicer(experiment_service_pb2_grpc.ExperimentServiceServicer):
    """Wire face of what :mod:`core.experiments` does.

    Args:
        experiments: The use cases.
        identify: Says who calls.
        clock: The present moment: an experiment is told with its state as of now.
    """

    def __init__(self, experiments: Experiments, identify: Identify, clock: Clock) -> None:
        self._lifecycle = experiments.lifecycle
        self._planner = experiments.planner
        self._reports = experiments.reports
        self._variants = experiments.variants
        self._identify = identify
        self._clock = clock

    def PlanExperiment(
        self, request: pb.PlanExperimentRequest, context: grpc.ServicerContext
    ) -> pb.PlanExperimentResponse:
        """Plan a test."""
        tenant = self._identify(context).tenant
        return plan_answer_to_wire(self._planner.plan(tenant, plan_request_from_wire(request)))

    def CreateExperiment(
        self, request: pb.CreateExperimentRequest, context: grpc.ServicerContext
    ) -> pb.CreateExperimentResponse:
        """Create an experiment."""
        caller = self._identify(context)
        if not request.HasField("experiment"):
            raise InvalidInput.of("experiment", "must be given")
        draft = draft_from_wire(request.experiment)
        stored = self._lifecycle.create(
            caller, request.request_id, draft, force=request.force, max_weeks=request.max_weeks
        )
        return pb.CreateExperimentResponse(experiment=experiment_to_wire(stored, self._clock))

    def GetExperiment(
        self, request: pb.GetExperimentRequest, context: grpc.ServicerContext
    ) -> pb.GetExperimentResponse:
        """Read one experiment."""
        stored = self._lifecycle.get(self._identify(context).tenant, request.name)
        return pb.GetExperimentResponse(experiment=experiment_to_wire(stored, self._clock))

    def ListExperiments(
        self, request: pb.ListExperimentsRequest, context: grpc.ServicerContext
    ) -> pb.ListExperimentsResponse:
        """List experiments."""
        tenant, filters = self._identify(context).tenant, {"only_open": str(request.only_open)}
        after = decode_page_token(request.page_token, tenant, _LIST, filters)
        limit = min(page_limit(request.page_size), _MOST_LISTED)
        page = self._lifecycle.list(tenant, limit=limit, after=after, only_open=request.only_open)
        token = encode_page_token(tenant, _LIST, filters, page.next_key)
        found = [experiment_to_wire(stored, self._clock) for stored in page.items]
        return pb.ListExperimentsResponse(experiments=found, next_page_token=token)

    def AssignVariant(
        self, request: pb.AssignVariantRequest, context: grpc.ServicerContext
    ) -> pb.AssignVariantResponse:
        """Say which variant a unit gets."""
        caller = self._identify(context)
        assigned = self._variants.assign(
            caller, request.experiment, request.unit_id, lead_id=request.lead_id, preview=request.preview
        )
        return assigned_to_wire(assigned)

    def GetExperimentResults(
        self, request: pb.GetExperimentResultsRequest, context: grpc.ServicerContext
    ) -> pb.GetExperimentResultsResponse:
        """Read results."""
        tenant = self._identify(context).tenant
        stored, results = self._reports.read(tenant, check_identifier(request.experiment, "experiment"))
        return pb.GetExperimentResultsResponse(
            experiment=experiment_to_wire(stored, self._clock), results=results_to_wire(results)
        )

    def StopExperiment(
        self, request: pb.StopExperimentRequest, context: grpc.ServicerContext
    ) -> pb.StopExperimentResponse:
        """Stop an experiment."""
        stopped = self._lifecycle.stop(
            self._identify(context),
            request.request_id,
            request.experiment,
            request.winner,
            request.reason,
            activate_winner=request.activate_winner,
        )
        activated = None if stopped.activated is None else version_to_wire(stopped.activated)
        return pb.StopExperimentResponse(
            experiment=experiment_to_wire(stopped.stored, self._clock), activated=activated
        )
