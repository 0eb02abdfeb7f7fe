"""What learns and is compared beside the serving version in one server process."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from core.adapters.sql.database import Database
from core.adapters.sql.online_store import SqlOnlineStore
from core.adapters.sql.shadow_store import SqlShadowStore
from core.feedback.label import LabelReader
from core.identifiers import TenantId
from core.monitoring.shadow_report import ShadowReports
from core.ports import Clock
from core.registry.model_registry import ModelRegistry
from core.scoring.lead_behavior import LeadBehaviors
from core.scoring.online.correction import Bounds
from core.scoring.online.report import OnlineReports
from core.scoring.online.served import ServedCorrections
from core.scoring.served import ServedModels
from core.scoring.shadow.challengers import Challengers
from core.scoring.shadow.scoring import ShadowScoring
from server.observed.metrics import ServerMetrics
from server.settings import ServerSettings

log = structlog.get_logger("leadline.beside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The shadow and the online learner."""

    shadow: ShadowScoring
    shadow_reports: ShadowReports
    corrections: ServedCorrections
    online_reports: OnlineReports


def build_beside(  # noqa: PLR0917  called once, by the composition root
    settings: ServerSettings,
    database: Database,
    labels: LabelReader,
    registry: ModelRegistry,
    served: ServedModels,
    metrics: ServerMetrics,
    clock: Clock,
    *,
    behaviors: LeadBehaviors,
) -> Beside:
    """Put it together. Nothing connects, and nothing starts yet."""
    bounds = Bounds(points=settings.online_bound_points, proven_points=settings.online_proven_bound_points)
    scores = SqlShadowStore(database)
    shadow = ShadowScoring(
        Challengers(registry, served.prepare, _challenger_broken),
        scores,
        settings.shadow_share,
        metrics.shadow,
        behaviors=behaviors,
    )
    return Beside(
        shadow=shadow,
        shadow_reports=ShadowReports(registry, scores, labels, clock, shadow.dropped),
        corrections=ServedCorrections(registry, bounds, _snapshot_refused),
        online_reports=OnlineReports(SqlOnlineStore(database), registry, bounds),
    )


def _challenger_broken(tenant: TenantId, version: str, problem: str) -> None:
    log.error("challenger left out", tenant=tenant, version=version, problem=problem)


def _snapshot_refused(tenant: TenantId, problem: str) -> None:
    log.error("online snapshot left out", tenant=tenant, problem=problem)
