"""Results of experiments: brought up to date, looked at if a look is due, and concluded from."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.experiments.experiment import StoredExperiment
from core.experiments.experiment_store import UnitSession, UnitStore
from core.experiments.facts import Facts
from core.experiments.refreshing import refresh
from core.experiments.results import ExperimentResults
from core.identifiers import TenantId
from core.ports import Clock

WEEK = timedelta(days=7)


class ExperimentReports:
    """Reads results. A server that is asked and the beat of the workers do the same, so that both tell the same.

    Args:
        units: What became of units.
        clock: The present moment.
    """

    def __init__(self, units: UnitStore, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    def read(self, tenant: TenantId, name: str) -> tuple[StoredExperiment, ExperimentResults]:
        """Return an experiment and what is known of it now; a planned look that is due is taken and kept.

        Raises:
            NotFound: If the tenant has no such experiment.
            DependencyDown: If the store does not work.
        """
        # Loaded by the first who reads results: the statistics take longer to load than most servers to start. Before
        # the session, as is everything slow: while it lasts others wait for the lock, with SQLite every writer.
        from core.experiments.concluding import conclude  # noqa: PLC0415

        _load_statistics()
        with self._units.session(tenant, name) as session:
            # Within the session: of two that wait for each other, the later one has the later moment, and knows what
            # became of the experiment while it waited.
            moment = self._clock()
            stored = session.experiment()
            refresh(session, stored, moment)
            facts = _kept_facts(session, stored, moment)
        return stored, conclude(facts)


def _load_statistics() -> None:
    """Load everything that conclusions are drawn with."""
    import core.experiments.comparing  # noqa: PLC0415
    import core.experiments.recommending  # noqa: PLC0415
    import core.experiments.sequential.looks  # noqa: PLC0415
    import core.experiments.statistics.bayes  # noqa: PLC0415
    import core.experiments.statistics.proportions  # noqa: F401, PLC0415


def _kept_facts(session: UnitSession, stored: StoredExperiment, moment: datetime) -> Facts:
    """Take the look that is due, keep what every later reading rests on, and return all that was read."""
    from core.experiments.concluding import least_p_values  # noqa: PLC0415
    from core.experiments.sequential.looks import looks_due  # noqa: PLC0415
    from core.experiments.trust.novelty import halfway  # noqa: PLC0415

    tallies, taken = session.tallies(), session.looks()
    window = stored.experiment.conversion_window
    # A look stands as it was taken: it sees only units that have had their time to convert.
    closed = tallies if window is None else session.tallies(exposed_before=moment - window)
    due = looks_due(stored, closed, taken, moment)
    if due:
        session.add_looks(due)
    first = session.first_exposure_time()
    facts = Facts(
        stored=stored,
        shares=session.shares(),
        tallies=tallies,
        finished_units=sum(tally.units for tally in closed.values()),
        early_tallies={} if first is None else session.tallies(exposed_before=halfway(first, moment)),
        looks=(*taken, *due),
        least_p_values=session.least_p_values(),
        crossed_units=session.crossed_units(),
        similar_units=session.similar_units(),
        exposed_last_week=session.exposed_between(moment - WEEK, moment),
        first_exposure_time=first,
        moment=moment,
    )
    session.finish(moment, least_p_values(facts))
    return facts
