"""The composition root of the server: the only place that builds connections, sessions and threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as distribution_version

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from leadline.v1 import (
    lead_service_pb2,
    lead_service_pb2_grpc,
    model_service_pb2,
    model_service_pb2_grpc,
    scoring_service_pb2,
    scoring_service_pb2_grpc,
    system_service_pb2,
    system_service_pb2_grpc,
)
from prometheus_client import start_http_server

from core.adapters.admission import admit_in_child
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.prediction_log import PredictionLog
from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.prediction_store import SqlPredictionStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import LOCAL_CALLER
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
from server.interceptors.limits import LARGEST
from server.metrics import ServerMetrics
from server.refresh import Refresher
from server.secret import token_secret
from server.servicers.lead import LeadServicer
from server.servicers.model import ModelServicer
from server.servicers.scoring import ScoringServicer
from server.servicers.system import SystemServicer
from server.settings import ServerSettings
from server.status_report import StatusReport

SERVICES = tuple(
    module.DESCRIPTOR.services_by_name[name].full_name
    for module, name in (
        (scoring_service_pb2, "ScoringService"),
        (lead_service_pb2, "LeadService"),
        (model_service_pb2, "ModelService"),
        (system_service_pb2, "SystemService"),
    )
)
LEFTOVERS_KEPT = timedelta(hours=1)
"""Files of an interrupted registration are somebody's present work for this long."""
_METADATA_BYTES = 8 * 1024
_STREAMS_PER_CONNECTION = 100

log = structlog.get_logger("leadline.server")


def _now() -> datetime:
    return datetime.now(UTC)


def _build_model(version: ModelVersion, files: Files) -> ScoringModel:
    return load_model(version, files, OnnxPredictor)


@dataclass(slots=True, kw_only=True)
class LeadlineServer:
    """One running server process."""

    settings: ServerSettings
    grpc_server: grpc.Server
    health: health.HealthServicer
    drain: Drain
    refresher: Refresher
    served: ServedModels
    prediction_log: PredictionLog
    database: Database
    port: int
    _stopping: threading.Event

    def start(self) -> None:
        """Begin to serve."""
        self.served.refresh(LOCAL_CALLER.tenant)
        self.prediction_log.start()
        self.refresher.start()
        self.grpc_server.start()
        for service in ("", *SERVICES):
            self.health.set(service, health_pb2.HealthCheckResponse.SERVING)
        log.info("serving", address=f"{self.settings.host}:{self.port}", mode=self.settings.mode)

    def request_stop(self) -> None:
        """Ask :meth:`wait` to stop the server; safe in a signal handler."""
        self._stopping.set()

    def wait(self) -> None:
        """Serve until a stop is asked for, then stop in two phases."""
        self._stopping.wait()
        self.stop()

    def stop(self) -> None:
        """Say NOT_SERVING, refuse new calls, finish those under way, then stop: nothing that began is dropped."""
        self.health.enter_graceful_shutdown()
        self.drain.begin()
        log.info("draining", calls_under_way=self.drain.under_way)
        threading.Event().wait(self.settings.drain_notice.total_seconds())
        finished = self.drain.wait_until_empty(self.settings.drain_grace)
        self.grpc_server.stop(None if not finished else 1.0).wait()
        self.refresher.stop()
        self.prediction_log.stop(self.settings.drain_grace)
        self.database.close()
        log.info("stopped", finished=finished)


def build_server(settings: ServerSettings) -> LeadlineServer:
    """Build a server that listens but does not answer yet.

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
    server, port = _listen(settings, CallBoundary(drain, metrics, max_streams=max(1, settings.max_workers // 2)))
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
        _stopping=threading.Event(),
    )


def _publish(settings: ServerSettings, metrics: ServerMetrics) -> None:
    try:
        start_http_server(settings.metrics_port, addr=settings.host, registry=metrics.registry)
    except OSError as taken:
        raise InvalidInput.of("LEADLINE_METRICS_PORT", f"must be free: {settings.metrics_port} is in use") from taken


def _listen(settings: ServerSettings, boundary: CallBoundary) -> tuple[grpc.Server, int]:
    """Bind the port. Not shared: a forgotten old server would silently take half of the calls."""
    options = [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", LARGEST + 1024),
        ("grpc.max_send_message_length", LARGEST),
        ("grpc.max_metadata_size", _METADATA_BYTES),
        ("grpc.max_concurrent_streams", _STREAMS_PER_CONNECTION),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
    pool = ThreadPoolExecutor(settings.max_workers, thread_name_prefix="call")
    server = grpc.server(pool, interceptors=[boundary], options=options)
    try:
        port = server.add_insecure_port(f"{settings.host}:{settings.port}")
    except RuntimeError as taken:
        raise InvalidInput.of("LEADLINE_PORT", f"must be free: {settings.port} is in use") from taken
    return server, port
