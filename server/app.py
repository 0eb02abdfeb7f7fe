"""The composition root of the server: the only place that builds connections, sessions and threads."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version as distribution_version

from core.adapters.sql.audit_log import SqlAuditLog
from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from core.adapters.sql.failures import store_breaker
from core.adapters.sql.mismatch_store import SqlMismatchStore
from core.adapters.sql.request_retention import prune_requests
from core.version import LEAD_SCORE
from server.access.building import Gate, build_gate
from server.admission.admission import Admission
from server.admission.bucket import RateLimits
from server.admission.kinds import CallKind, plan_lanes
from server.alert_watch import AlertWatch
from server.breaker_watch import BreakerWatch
from server.contract import serve_contract, serve_standard
from server.dependencies import breaker_states, dependency_checks
from server.domain import build_domain
from server.drain import Drain
from server.feature_watch import FeatureWatch
from server.interceptors.boundary import Boundary, CallBoundary
from server.listening import listen
from server.observed.http import HttpEndpoint
from server.observed.log_fields import ALLOW_LIST
from server.observed.metrics import ServerMetrics
from server.observed.scrape import scrape_registry
from server.observed.tracing import start_tracing
from server.refresh import Refresher
from server.running import LeadlineServer
from server.settings import ServerSettings
from server.status_report import StatusReport
from server.upkeep import Upkeep
from server.walls import check_walls
from server.warming import MOST_TENANTS, warm


def _now() -> datetime:
    return datetime.now(UTC)


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
    metrics.watch_ready(lambda: drain.ready)
    ALLOW_LIST.report_to(metrics.log_fields_dropped)
    tracing = start_tracing(settings.traces_endpoint, process_index)
    watch = BreakerWatch(metrics)
    database = open_database(settings.database_url, breaker=store_breaker(watch.changed))
    database.migrate()
    store_detail = check_walls(settings, database)
    audit = SqlAuditLog(database, _now)
    gate = build_gate(settings, database, audit, _now, metrics.count_unrecorded)
    domain = build_domain(settings, database, metrics, watch, _now)
    breakers = breaker_states(database, domain)
    watch.begin(breakers)
    report = StatusReport(
        server_version=distribution_version("leadline-backend"),
        start_time=started,
        process_index=process_index,
        drain=drain,
        served=domain.served,
        metrics=metrics,
        checks=dependency_checks(database, store_detail, domain),
        breakers=breakers,
    )
    boundary = _boundary(settings, drain, gate, metrics)
    # Before the port is open: a caller that connects should not wait for a model to load.
    warm(domain.served, domain.versions.served_tenants(LEAD_SCORE, MOST_TENANTS))
    server, port = listen(
        settings,
        [CallBoundary(boundary), *tracing.interceptors],
        boundary.admission.lanes[CallKind.HEALTH],
        shared_port=shared_port,
        credentials=gate.credentials,
    )
    serve_contract(server, domain, gate, audit, report, _now)
    return LeadlineServer(
        settings=settings,
        grpc_server=server,
        health=serve_standard(server, with_reflection=settings.reflection),
        drain=drain,
        refresher=Refresher(
            domain.served,
            domain.fallbacks,
            settings.poll_interval,
            metrics,
            more=[
                domain.copies.leads.compare,
                domain.beside.corrections.refresh_all,
                domain.experiments.live.refresh,
                domain.behavior.refresh,
                domain.shop.refresh,
                domain.heads.refresh,
                domain.conversation.refresh,
                domain.lead_health.refresh,
                domain.actions.refresh,
            ],
        ),
        upkeep=Upkeep(lambda: prune_requests(database, _now())),
        served=domain.served,
        prediction_log=domain.prediction_log,
        serving_watch=domain.monitoring.watch,
        # One process of a pool tells for all.
        alert_watch=AlertWatch(domain.monitoring.alerts, metrics.monitoring.open_alerts) if not process_index else None,
        shadow=domain.beside.shadow,
        copies=domain.copies,
        background=[
            *domain.behavior.background,
            *domain.shop.background,
            *domain.heads.background,
            *domain.conversation.background,
            *domain.lead_health.background,
            *domain.actions.background,
            *_feature_watch(database, metrics, process_index),
        ],
        database=database,
        sampler=metrics.sampler,
        tracing=tracing,
        http=None if shared_port is not None else _http_endpoint(settings, metrics, drain),
        port=port,
    )


def _feature_watch(database: Database, metrics: ServerMetrics, process_index: int) -> list[FeatureWatch]:
    """Return what tells of comparisons of served features: in one process of a pool, which tells for all."""
    return [] if process_index else [FeatureWatch(SqlMismatchStore(database), metrics.behavior.mismatches)]


def _boundary(settings: ServerSettings, drain: Drain, gate: Gate, metrics: ServerMetrics) -> Boundary:
    admission = Admission(
        plan_lanes(settings.max_workers, settings.queue_calls),
        drain,
        peek=gate.authenticator.peek,
        limits=RateLimits(settings.tenant_calls_per_second / max(1, settings.processes)),
        metrics=metrics.admission,
    )
    return Boundary(
        admission=admission,
        authorize=gate.authorizer.authorize,
        metrics=metrics,
        max_call=settings.max_call,
        slow_call=settings.slow_call,
    )


def _http_endpoint(settings: ServerSettings, metrics: ServerMetrics, drain: Drain) -> HttpEndpoint | None:
    """Return what answers on the metrics port, already answering; None where there is no such port."""
    if not settings.metrics_port:
        return None
    registry = scrape_registry(metrics.registry)
    endpoint = HttpEndpoint(settings.host, settings.metrics_port, registry, lambda: drain.ready)
    endpoint.start()
    return endpoint
