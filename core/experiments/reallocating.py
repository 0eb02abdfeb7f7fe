"""A bandit's next allocation: shares by Thompson sampling, at most one in each window of the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from core.experiments.bandit import thompson_shares
from core.experiments.experiment import AllocationMode, Experiment, ExperimentState, StoredExperiment
from core.experiments.experiment_store import Allocation, ExperimentStore, UnitStore
from core.experiments.tally import VariantTally
from core.identifiers import TenantId

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BanditReallocation:
    """Spreads the units of bandits anew. Whoever was exposed keeps its variant.

    Args:
        experiments: Where allocations are kept.
        units: What became of units, as far as it was brought up to date.
        every: Length of the windows, above 0. By windows and not by the time since the last one: a beat that comes a
            moment too early would else skip every other turn.
        clock: Now, UTC.
    """

    def __init__(
        self, experiments: ExperimentStore, units: UnitStore, every: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._experiments = experiments
        self._units = units
        self._every = every
        self._clock = clock

    def reallocate(self, tenant: TenantId, stored: StoredExperiment) -> bool:
        """Add the next allocation if one is due, and return whether this call did.

        None is due if the experiment is no bandit, does not run or has no units yet, or if the newest allocation began
        in the present window.

        Raises:
            DependencyDown: If the store does not work.
        """
        moment, name = self._clock(), stored.experiment.name
        is_bandit = stored.experiment.mode is AllocationMode.BANDIT
        if not is_bandit or stored.state(moment) is not ExperimentState.RUNNING:
            return False
        newest = self._experiments.allocation(tenant, name)
        if newest.number and self._window(newest.start_time) >= self._window(moment):
            return False
        with self._units.session(tenant, name) as session:
            tallies = session.tallies()
        if not any(tally.units for tally in tallies.values()):
            return False
        shares = next_shares(stored.experiment, tallies)
        following = Allocation(number=newest.number + 1, shares=shares, start_time=moment)
        return self._experiments.reallocate(tenant, name, following)

    def _window(self, moment: datetime) -> int:
        return (moment - _EPOCH) // self._every


def next_shares(experiment: Experiment, tallies: Mapping[str, VariantTally]) -> dict[str, float]:
    """Return variant to share, summing to 1; a variant that was set to get no units still gets none."""
    open_ones = [variant.name for variant in experiment.variants if variant.share > 0]
    known = {name: tallies.get(name, VariantTally(variant=name)) for name in open_ones}
    return {variant.name: 0.0 for variant in experiment.variants} | thompson_shares(known)
