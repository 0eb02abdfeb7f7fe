"""Experiments through a running server: set up by its calls, looked at past it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from leadline.v1 import (
    experiment_pb2,
    experiment_result_pb2,
    experiment_service_pb2,
    feedback_pb2,
    feedback_service_pb2,
    lead_service_pb2,
    scoring_service_pb2,
)

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import LOCAL_CALLER
from core.registry.model_registry import ModelRegistry
from core.version import LEAD_SCORE
from tests.parts.fitted import small_version
from tests.parts.learning import now
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs

VARIANTS = ("control", "challenger")
_WRITES = 500


def fill(url: str, models: Path) -> None:
    """Make a database current, register both versions in it, and have the first one serve."""
    database = open_database(url)
    try:
        database.migrate()
        registry = ModelRegistry(SqlRegistryStore(database, now), FolderArtifacts(models), admit, now)
        for number in range(2):
            registry.register(LOCAL_CALLER, f"register-{number}", small_version(number).files, "for the tests")
        name = small_version(0).name
        registry.activate(LOCAL_CALLER, "first", LEAD_SCORE, name, expected="", reason="for the tests")
    finally:
        database.close()


def experiment_message(name: str, **fields: object) -> experiment_pb2.Experiment:
    """Return a test of the second version against the first, half of the units each."""
    variants = [
        experiment_pb2.Variant(
            name=variant, model_version=small_version(number).name, traffic_percentage=50, is_control=number == 0
        )
        for number, variant in enumerate(VARIANTS)
    ]
    return experiment_pb2.Experiment(name=name, variants=variants, **fields)


class Tried:
    """The calls of somebody who runs experiments.

    Args:
        stubs: Of the server.
    """

    def __init__(self, stubs: Stubs) -> None:
        self._stubs = stubs
        self._experiments = stubs.experiments

    def create(self, experiment: experiment_pb2.Experiment) -> experiment_pb2.Experiment:
        request = experiment_service_pb2.CreateExperimentRequest(
            request_id=f"create-{experiment.name}", experiment=experiment
        )
        return self._experiments.CreateExperiment(request, timeout=20).experiment

    def store_leads(self, lead_ids: Sequence[str]) -> None:
        for start in range(0, len(lead_ids), _WRITES):
            request = lead_service_pb2.UpsertLeadsRequest(request_id=f"leads-{lead_ids[start]}")
            for number, lead_id in enumerate(lead_ids[start : start + _WRITES]):
                request.leads.add(lead=lead_message(number, lead_id))
            self._stubs.leads.UpsertLeads(request, timeout=20)

    def score(self, experiment: str, lead_id: str) -> scoring_service_pb2.LeadScore:
        """Score a stored lead, which is its own unit."""
        request = scoring_service_pb2.ScoreRequest(experiment=experiment)
        request.lead.lead_id = lead_id
        return self._stubs.scoring.Score(request, timeout=5).result

    def preview(self, experiment: str, unit_id: str) -> str:
        """Return the variant a unit would get now; nothing is recorded."""
        request = experiment_service_pb2.AssignVariantRequest(experiment=experiment, unit_id=unit_id, preview=True)
        return self._experiments.AssignVariant(request, timeout=5).variant

    def convert(self, request_id: str, lead_id: str, token: str, **fields: object) -> None:
        feedback = feedback_pb2.Feedback(
            lead_id=lead_id, action=feedback_pb2.FEEDBACK_ACTION_CONVERT, attribution_token=token, **fields
        )
        request = feedback_service_pb2.RecordFeedbackRequest(request_id=request_id, feedback=feedback)
        self._stubs.feedback.RecordFeedback(request, timeout=5)

    def results(self, experiment: str) -> experiment_result_pb2.ExperimentResults:
        request = experiment_service_pb2.GetExperimentResultsRequest(experiment=experiment)
        return self._experiments.GetExperimentResults(request, timeout=20).results


def figures(results: experiment_result_pb2.ExperimentResults) -> dict[str, object]:
    """Return every field by its path, but those that the moment of reading alone changes."""
    kept = experiment_result_pb2.ExperimentResults()
    kept.CopyFrom(results)
    for field in ("result_time", "progress", "recommendation"):
        kept.ClearField(field)
    kept.progress.unit_count = results.progress.unit_count
    kept.recommendation.code = results.recommendation.code
    return dict(_flat("", MessageToDict(kept)))


def _flat(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(f"{path}[{number}]", inner)
    else:
        yield path, value
