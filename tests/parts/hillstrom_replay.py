"""The e-mail test replayed as an experiment: the data's own assignment, through the real store and the real verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.unit_store import SqlUnitStore
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.experiments.experiment import Experiment, MetricKind, MetricRole, MetricSpec, Variant
from core.experiments.exposure import Exposure, LinkedLead
from core.experiments.plan import Plan
from core.experiments.reporting import ExperimentReports
from core.experiments.results import ExperimentResults
from core.feedback.feedback import Feedback, FeedbackAction, FeedbackSource
from core.feedback.told import FeedbackWrite
from core.identifiers import LeadId, TenantId, VersionName
from core.lead import Lead, LeadWrite
from core.registry.model_registry import ModelRegistry
from tests.parts.clock import SetClock
from tests.parts.hillstrom import CONTROL, TREATMENTS, Customer
from tests.parts.versions import make_files

NAME = "e-mails"
START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 20
"""The data has no dates: its rows are spread evenly, in their order."""
WINDOW = timedelta(hours=12)
"""The two weeks of the data, on this clock: how it ended is told on the evening of the e-mail."""
MINUTES_TO_END = 90
_WRITES = 500
_DAY = timedelta(days=1)
Converts = Callable[[Customer], bool]


@dataclass(frozen=True, slots=True)
class Stores:
    """The real ones, over one database."""

    experiments: SqlExperimentStore
    exposures: SqlExposureStore
    leads: SqlLeadStore
    feedback: SqlFeedbackStore
    units: SqlUnitStore


class Replay:
    """One experiment, day by day.

    Args:
        stores: Where it is kept.
        caller: Whose it is.
        clock: The days of the replay.
    """

    def __init__(self, stores: Stores, caller: Caller, clock: SetClock) -> None:
        self._stores = stores
        self._caller = caller
        self._clock = clock
        self._reports = ExperimentReports(stores.units, clock)

    def play(self, customers: Sequence[Customer], version: VersionName, converts: Converts) -> list[ExperimentResults]:
        """Create the experiment, record everybody, and return what was concluded at the end of each day."""
        self._clock.now = START
        self._stores.experiments.create(self._caller, "create", _experiment(version, len(customers)))
        most = max(one.history for one in customers)
        cuts = [len(customers) * day // DAYS for day in range(DAYS + 1)]
        return [self._day(day, customers[cuts[day] : cuts[day + 1]], most, converts) for day in range(DAYS)]

    def _day(self, day: int, customers: Sequence[Customer], most: float, converts: Converts) -> ExperimentResults:
        morning = START + day * _DAY
        for number, customer in enumerate(customers):
            self._clock.now = morning + number * (_DAY / 4) / len(customers)
            lead = LinkedLead(lead_id=LeadId(customer.customer_id))
            self._stores.exposures.record(self._caller.tenant, _exposure(customer, self._clock.now, most), lead)
        self._tell([one for one in customers if converts(one)])
        self._clock.now = morning + _DAY
        return self._reports.read(self._caller.tenant, NAME)[1]

    def _tell(self, converted: Sequence[Customer]) -> None:
        """Record how it ended for those who converted, after everybody of the day was exposed."""
        ended = self._clock.advance(60 * MINUTES_TO_END)
        for start in range(0, len(converted), _WRITES):
            part = converted[start : start + _WRITES]
            leads = [LeadWrite(lead=Lead(lead_id=LeadId(one.customer_id))) for one in part]
            request_id = f"{part[0].customer_id}"
            self._stores.leads.upsert(self._caller, request_id, leads)
            told = [_conversion(one, ended) for one in part]
            self._stores.feedback.record(self._caller, request_id, "RecordFeedback", told)


@contextmanager
def replays(folder: Path) -> Iterator[Callable[[str, Sequence[Customer], Converts], list[ExperimentResults]]]:
    """Give what replays an experiment for a tenant, on one database in a folder."""
    clock = SetClock(START - _DAY)
    database = open_database(f"sqlite:///{folder}/hillstrom.db", pool_size=1)
    database.migrate()
    _let_the_disk_be(database)
    registry = ModelRegistry(
        SqlRegistryStore(database, clock), FolderArtifacts(folder / "models"), lambda *_: None, clock
    )

    def play(tenant: str, customers: Sequence[Customer], converts: Converts) -> list[ExperimentResults]:
        clock.now = START - _DAY
        caller = Caller(tenant=TenantId(tenant), actor="replay")
        version = registry.register(caller, "register", make_files(), "stands for every arm").manifest.version
        return Replay(_stores(database, clock), caller, clock).play(customers, version, converts)

    try:
        yield play
    finally:
        database.close()


def _let_the_disk_be(database: Database) -> None:
    """Have the only connection not wait for the disk: each of 44,774 exposures is a transaction of its own."""
    with database.read(ALL_TENANTS) as connection:
        # Past SQLAlchemy, which would begin a transaction, in which SQLite does not change this.
        connection.connection.cursor().execute("PRAGMA synchronous=OFF")


def _stores(database: Database, clock: SetClock) -> Stores:
    return Stores(
        experiments=SqlExperimentStore(database, clock),
        exposures=SqlExposureStore(database),
        leads=SqlLeadStore(database, clock),
        feedback=SqlFeedbackStore(database, clock),
        units=SqlUnitStore(database),
    )


def _experiment(version: VersionName, units: int) -> Experiment:
    """Return the test as somebody would have set it who knows nothing of how it ends."""
    control = Variant(name=CONTROL, model_version=version, share=1 / 3, is_control=True)
    others = [Variant(name=name, model_version=version, share=1 / 3) for name in TREATMENTS]
    return Experiment(
        name=NAME,
        description="E-mails about men's or women's merchandise against none.",
        variants=(control, *others),
        metrics=(MetricSpec(kind=MetricKind.CONVERSION_VALUE, role=MetricRole.SECONDARY),),
        plan=Plan(baseline_rate=0.1, min_effect=0.1, look_count=DAYS, horizon_units=units),
        conversion_window=WINDOW,
        start_time=START,
        min_effect=0.02,
    )


def _exposure(customer: Customer, moment: datetime, most: float) -> Exposure:
    """Return an exposure with what was spent in the year before as what was known before: 0 to 100."""
    return Exposure(
        experiment=NAME,
        unit_id=customer.customer_id,
        variant=customer.arm,
        propensity=1 / 3,
        is_override=False,
        allocation=0,
        baseline_score=100.0 * customer.history / most,
        exposure_time=moment,
    )


def _conversion(customer: Customer, moment: datetime) -> FeedbackWrite:
    feedback = Feedback(
        feedback_id=f"end-{customer.customer_id}",
        lead_id=LeadId(customer.customer_id),
        action=FeedbackAction.CONVERT,
        conversion_value=customer.spend,
        source=FeedbackSource.INTEGRATION,
        occurred_time=moment,
    )
    return FeedbackWrite(feedback=feedback, says_when=True, confidence=1.0)
