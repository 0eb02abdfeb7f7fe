"""The composition root of the server: the only place that builds connections, sessions and threads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import version as distribution_version

from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from leadline.v1 import (
    lead_service_pb2_grpc,
    model_service_pb2_grpc,
    scoring_service_pb2_grpc,
    system_service_pb2_grpc,
)
from prometheus_client import start_http_server

from core.adapters.admission import admit_in_child
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.prediction_log import PredictionLog
from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.prediction_store import SqlPredictionStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.errors import InvalidInput, LeadlineError
from core.features.keywords import KeywordFamilies
from core.registry.model_registry import ModelRegistry
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.lifecycle import ModelLifecycle
from core.scoring.loading import load_model
from core.scoring.model import ScoringModel
from core.scoring.scorer import Scorer
from core.scoring.served import Files, ServedModels
from core.scoring.token import TokenSigner
from core.version import ModelVersion
from server.drain import Drain
from server.identity import local_identity
from server.interceptors.boundary import CallBoundary
from server.listening import listen
from server.metrics import ServerMetrics
from server.refresh import Refresher
from server.running import LeadlineServer
from server.secret import token_secret
from server.servicers.lead import LeadServicer
from server.servicers.model import ModelServicer
from server.servicers.scoring import ScoringServicer
from server.servicers.system import SystemServicer
from server.services import SERVICES
from server.settings import ServerSettings
from server.status_report import StatusReport

LEFTOVERS_KEPT = timedelta(hours=1)
"""Files of an interrupted registration are somebody's present work for this long."""


def _now() -> datetime:
    return datetime.now(UTC)


def _build_model(version: ModelVersion, files: Files) -> ScoringModel:
    return load_model(version, files, OnnxPredictor)


def build_server(settings: ServerSettings, *, shared_port: int | None = None) -> LeadlineServer:
    """Build a server that listens but does not answer yet.

    Args:
        settings: What the operator set.
        shared_port: See :func:`server.listening.listen`.

    Raises:
        InvalidInput: If a setting cannot be used, for example a port that is taken.
        DependencyDown: If the database does not answer.
    """
    database = open_database(settings.database_url)
    database.migrate()
    metrics, drain, started = ServerMetrics(), Drain(), _now()
    metrics.in_flight.set_function(lambda: drain.under_way)
    leads = SqlLeadStore(database, _now)
    artifacts = FolderArtifacts(settings.model_dir)
    artifacts.clean_leftovers(started - LEFTOVERS_KEPT)
    registry = ModelRegistry(SqlRegistryStore(database, _now), artifacts, admit_in_child, _now)
    fallbacks = OutcomeFallbacks(leads, KeywordFamilies(read_keywords(settings.keywords_file)))
    served = ServedModels(registry, _build_model, fallbacks, _now)
    prediction_log = PredictionLog(
        SqlPredictionStore(database), metrics.count_predictions, metrics.predictions_lost.inc
    )
    scorer = Scorer(served, leads, TokenSigner(token_secret(settings)), prediction_log.offer, _now)

    def check_store() -> str:
        database.check()
        return settings.database_url.partition(":")[0]

    def check_log() -> str:
        if prediction_log.problem:
            raise LeadlineError(prediction_log.problem)
        return "writing"

    report = StatusReport(
        server_version=distribution_version("leadline-backend"),
        start_time=started,
        drain=drain,
        served=served,
        metrics=metrics,
        checks={"store": check_store, "prediction_log": check_log},
    )
    boundary = CallBoundary(drain, metrics, max_streams=max(1, settings.max_workers // 2))
    server, port = listen(settings, [boundary], shared_port=shared_port)
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(ScoringServicer(scorer, local_identity), server)
    lead_service_pb2_grpc.add_LeadServiceServicer_to_server(
        LeadServicer(leads, local_identity, fallbacks.refresh_if_cheap, _now), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelServicer(ModelLifecycle(registry, served), local_identity), server
    )
    system_service_pb2_grpc.add_SystemServiceServicer_to_server(SystemServicer(report, local_identity), server)
    health_servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    if settings.reflection:
        reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    if settings.metrics_port:
        _publish(settings, metrics)
    return LeadlineServer(
        settings=settings,
        grpc_server=server,
        health=health_servicer,
        drain=drain,
        refresher=Refresher(served, fallbacks, settings.poll_interval, metrics),
        served=served,
        prediction_log=prediction_log,
        database=database,
        port=port,
    )


def _publish(settings: ServerSettings, metrics: ServerMetrics) -> None:
    try:
        start_http_server(settings.metrics_port, addr=settings.host, registry=metrics.registry)
    except OSError as taken:
        raise InvalidInput.of("LEADLINE_METRICS_PORT", f"must be free: {settings.metrics_port} is in use") from taken
