"""What was read of an experiment at a moment: all that its results follow from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.experiments.experiment import StoredExperiment, Variant
from core.experiments.results import Look
from core.experiments.tally import VariantTally


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Read in one transaction."""

    stored: StoredExperiment
    shares: Mapping[str, float]
    """Of the newest allocation: variant to share, summing to 1."""
    tallies: Mapping[str, VariantTally]
    """Of all units; a variant without any may be missing."""
    early_tallies: Mapping[str, VariantTally] = field(default_factory=dict)
    """Of the units exposed before core.experiments.trust.novelty.halfway; empty: not known."""
    looks: Sequence[Look] = ()
    """Oldest first, with those that were due now."""
    least_p_values: Mapping[str, float] = field(default_factory=dict)
    """Up to the reading before, by ``treatment/metric``."""
    crossed_units: int = 0
    """In two arms."""
    similar_units: int = 0
    """That differ from another one in case, spaces or width only."""
    exposed_last_week: int = 0
    """Units first exposed in the seven days before the moment."""
    first_exposure_time: datetime | None = None
    finished_units: int | None = None
    """Whose conversion window is over: what looks count. None: not known, or every unit counts as it stands."""
    moment: datetime

    def tally(self, variant: str) -> VariantTally:
        """Return the sums of a variant."""
        return self.tallies.get(variant) or VariantTally(variant=variant)

    def takes_part(self, variant: Variant) -> bool:
        """Whether a variant gets units, or has some."""
        return self.shares.get(variant.name, variant.share) > 0.0 or self.tally(variant.name).units > 0

    @property
    def units(self) -> int:
        """Units of all variants."""
        return sum(tally.units for tally in self.tallies.values())

    @property
    def finished(self) -> int:
        """Units whose outcome counts at a look."""
        return self.units if self.finished_units is None else self.finished_units

    @property
    def variant_names(self) -> tuple[str, ...]:
        """The control first."""
        experiment = self.stored.experiment
        return (experiment.control.name, *(variant.name for variant in experiment.treatments))
