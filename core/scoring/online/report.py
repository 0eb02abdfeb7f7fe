"""What the online learner has learned, and whether it may move scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.identifiers import TenantId
from core.scoring.online.correction import Bounds
from core.scoring.online.online_store import OnlineStore
from core.scoring.online.served import SnapshotSource
from core.scoring.online.snapshot import read_snapshot
from core.version import LEAD_SCORE, ONLINE_CORRECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineReport:
    """The learner of one tenant."""

    update_count: int = 0
    """Leads learned from, for the version that is corrected."""
    version: str = ""
    """Version that is corrected, "" before the first label."""
    snapshot: str = ""
    """Snapshot that corrects answers now, "" if none does."""
    bound_points: float = 0.0
    """Most points answers may be moved now: 0 while no snapshot corrects them."""
    proven: bool = False
    e_value: float = 1.0
    log_loss: float | None = None
    version_log_loss: float | None = None
    update_time: datetime | None = None


class OnlineReports:
    """Makes reports.

    Args:
        store: State of the learner.
        snapshots: Pointers and files.
        bounds: How far scores may be moved.
    """

    def __init__(self, store: OnlineStore, snapshots: SnapshotSource, bounds: Bounds) -> None:
        self._store = store
        self._snapshots = snapshots
        self._bounds = bounds

    def report(self, tenant: TenantId, kind: str) -> OnlineReport:
        """Return the report on a tenant's learner; an empty one before the first label.

        Raises:
            ArtifactRefused: If the snapshot that is to serve is damaged.
        """
        stored = self._store.newest(tenant, kind)
        if stored is None:
            return OnlineReport()
        state = stored.state
        snapshot, bound = self._serving(tenant, kind)
        return OnlineReport(
            update_count=state.update_count,
            version=state.version,
            snapshot=snapshot,
            bound_points=bound,
            proven=state.proven,
            e_value=state.better.e_value,
            log_loss=state.mean_loss,
            version_log_loss=state.mean_version_loss,
            update_time=stored.update_time,
        )

    def _serving(self, tenant: TenantId, kind: str) -> tuple[str, float]:
        """Return the snapshot that corrects answers and its bound; none if it is of another version than the active."""
        active = self._snapshots.active(tenant, kind)
        pointer = self._snapshots.active(tenant, ONLINE_CORRECTION)
        if kind != LEAD_SCORE or active is None or pointer is None or not self._bounds.points:
            return "", 0.0
        _, files = self._snapshots.load(tenant, ONLINE_CORRECTION, pointer.version)
        state = read_snapshot(files)
        return (pointer.version, self._bounds.of(state)) if state.version == active.version else ("", 0.0)
