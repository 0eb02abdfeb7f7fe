"""The composition root of the server: the only place that builds connections, sessions and threads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import version as distribution_version

from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from leadline.v1 import (
    access_service_pb2_grpc,
    audit_service_pb2_grpc,
    lead_service_pb2_grpc,
    model_service_pb2_grpc,
    scoring_service_pb2_grpc,
    system_service_pb2_grpc,
)

from core.adapters.admission import admit_in_child
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.prediction_log import PredictionLog
from core.adapters.sql.audit_log import SqlAuditLog
from core.adapters.sql.engine import open_database
from core.adapters.sql.failures import store_breaker
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.prediction_store import SqlPredictionStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.request_retention import prune_requests
from core.caller import LOCAL_CALLER
from core.errors import LeadlineError
from core.features.keywords import KeywordFamilies
from core.registry.model_registry import ModelRegistry
from core.resilience.patience import tightened
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.lifecycle import ModelLifecycle
from core.scoring.loading import load_model
from core.scoring.model import ScoringModel
from core.scoring.model_runs import ModelRunner
from core.scoring.scorer import Scorer
from core.scoring.served import Files, ServedModels
from core.scoring.token import TokenSigner
from core.version import LEAD_SCORE, ModelVersion
from server.access.building import build_gate
from server.admission.admission import Admission
from server.admission.bucket import RateLimits
from server.admission.kinds import CallKind, plan_lanes
from server.breaker_watch import BreakerWatch
from server.call import identify
from server.dependencies import breaker_states, serving_checks
from server.drain import Drain
from server.interceptors.boundary import Boundary, CallBoundary
from server.listening import listen
from server.observed.http import HttpEndpoint
from server.observed.log_fields import ALLOW_LIST
from server.observed.metrics import ServerMetrics
from server.observed.scrape import scrape_registry
from server.observed.tracing import start_tracing
from server.outage_copies import build_copies
from server.refresh import Refresher
from server.running import LeadlineServer
from server.secret import token_secret
from server.servicers.access import AccessServicer
from server.servicers.audit import AuditServicer
from server.servicers.health import Health
from server.servicers.lead import LeadServicer
from server.servicers.model import ModelServicer
from server.servicers.scoring import ScoringServicer
from server.servicers.system import SystemServicer
from server.services import SERVICES
from server.settings import ServerSettings
from server.status_report import StatusReport
from server.upkeep import Upkeep
from server.walls import check_walls
from server.warming import MOST_TENANTS, warm

STATUS_PATIENCE = timedelta(seconds=0.6)
"""Longest wait of GetStatus for a sign of life of the database."""
LEFTOVERS_KEPT = timedelta(hours=1)
"""Files of an interrupted registration are somebody's present work for this long."""


def _now() -> datetime:
    return datetime.now(UTC)


def _build_model(version: ModelVersion, files: Files) -> ScoringModel:
    return load_model(version, files, OnnxPredictor)


def build_server(settings: ServerSettings, *, shared_port: int | None = None, process_index: int = 0) -> LeadlineServer:
    """Build a server that listens but does not answer yet.

    Args:
        settings: What the operator set.
        shared_port: See :func:`server.listening.listen`. The parent that holds it answers on the metrics port too.
        process_index: Of this process within its pool, from 0.

    Raises:
        InvalidInput: If a setting cannot be used, for example a port that is taken.
        DependencyDown: If the database does not answer.
        WrongState: If the database's schema is newer than this code, or tenants are not walled off in production.
    """
    metrics, drain, started = ServerMetrics(), Drain(), _now()
    watch = BreakerWatch(metrics)
    database = open_database(settings.database_url, breaker=store_breaker(watch.changed))
    database.migrate()
    store_detail = check_walls(settings, database)
    audit = SqlAuditLog(database, _now)
    gate = build_gate(settings, database, audit, _now, metrics.count_unrecorded)
    tracing = start_tracing(settings.traces_endpoint, process_index)
    metrics.watch_ready(lambda: drain.ready)
    ALLOW_LIST.report_to(metrics.log_fields_dropped)
    leads = SqlLeadStore(database, _now)
    artifacts = FolderArtifacts(settings.model_dir)
    artifacts.clean_leftovers(started - LEFTOVERS_KEPT)
    versions = SqlRegistryStore(database, _now)
    registry = ModelRegistry(versions, artifacts, admit_in_child, _now)
    fallbacks = OutcomeFallbacks(leads, KeywordFamilies(read_keywords(settings.keywords_file)))
    served = ServedModels(registry, _build_model, fallbacks, _now)
    prediction_log = PredictionLog(
        SqlPredictionStore(database), metrics.count_predictions, metrics.count_lost_predictions
    )
    secret = token_secret(settings)
    copies = build_copies(settings.redis_url, secret, leads, metrics.cache, watch.changed, _now)
    runner = ModelRunner(on_change=watch.changed, on_failure=watch.model_failed)
    signer = TokenSigner(secret)
    scorer = Scorer(served, leads, signer, prediction_log.offer, _now, runner=runner, copies=copies.leads)

    def check_store() -> str:
        with tightened(STATUS_PATIENCE):
            database.check()
        return store_detail

    def check_log() -> str:
        if prediction_log.problem:
            raise LeadlineError(prediction_log.problem)
        return "writing"

    report = StatusReport(
        server_version=distribution_version("leadline-backend"),
        start_time=started,
        process_index=process_index,
        drain=drain,
        served=served,
        metrics=metrics,
        checks={"store": check_store, "prediction_log": check_log, **serving_checks(copies)},
        breakers=breaker_states(database, runner, copies),
    )
    admission = Admission(
        plan_lanes(settings.max_workers, settings.queue_calls),
        drain,
        peek=gate.authenticator.peek,
        limits=RateLimits(settings.tenant_calls_per_second / max(1, settings.processes)),
        metrics=metrics.admission,
    )
    boundary = Boundary(
        admission=admission,
        authorize=gate.authorizer.authorize,
        metrics=metrics,
        max_call=settings.max_call,
        slow_call=settings.slow_call,
    )
    served.refresh(LOCAL_CALLER.tenant)
    warm(served, versions.served_tenants(LEAD_SCORE, MOST_TENANTS))
    server, port = listen(
        settings,
        [CallBoundary(boundary), *tracing.interceptors],
        admission.lanes[CallKind.HEALTH],
        shared_port=shared_port,
        credentials=gate.credentials,
    )
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(
        ScoringServicer(scorer, identify, gate.authorizer.identify_again), server
    )
    lead_service_pb2_grpc.add_LeadServiceServicer_to_server(
        LeadServicer(leads, identify, fallbacks.refresh_if_cheap, _now), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelServicer(ModelLifecycle(registry, served), identify), server
    )
    access_service_pb2_grpc.add_AccessServiceServicer_to_server(AccessServicer(gate.keys, identify, _now), server)
    audit_service_pb2_grpc.add_AuditServiceServicer_to_server(AuditServicer(audit, identify), server)
    system_service_pb2_grpc.add_SystemServiceServicer_to_server(SystemServicer(report, identify), server)
    health_servicer = Health(("", *SERVICES))
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    if settings.reflection:
        reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    http = None
    if settings.metrics_port and shared_port is None:
        http = HttpEndpoint(
            settings.host, settings.metrics_port, scrape_registry(metrics.registry), lambda: drain.ready
        )
        http.start()
    return LeadlineServer(
        settings=settings,
        grpc_server=server,
        health=health_servicer,
        drain=drain,
        refresher=Refresher(served, fallbacks, settings.poll_interval, metrics, more=[copies.leads.compare]),
        upkeep=Upkeep(lambda: prune_requests(database, _now())),
        served=served,
        prediction_log=prediction_log,
        copies=copies,
        database=database,
        sampler=metrics.sampler,
        tracing=tracing,
        http=http,
        port=port,
    )
