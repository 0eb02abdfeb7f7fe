"""Which variant a unit gets, worked out from its id alone: nothing is stored, and every process says the same.

Weighted rendezvous hashing: each variant k draws a number u_k in (0, 1) for a unit, which hangs on nothing but the
experiment's salt, the variant's name and the unit, and the least ``-ln(u_k) / share_k`` wins. These are exponential
times with the shares as rates, so a variant comes first with a chance of its share (Thaler and Ravishankar 1998,
"Using name-based mappings to increase hit rates"; weights as in Schindelhauer and Schomaker 2005, "Weighted
distributed hash tables", section 4). If shares change, a unit moves only from what shrank to what grew, and no scheme
moves fewer by more than a hair.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from core.experiments.assignment import Assignment, AssignmentReason
from core.experiments.experiment import Experiment, StoredExperiment
from core.experiments.hashing import SEGMENTS, Purpose, mixed, prefix, segment_of, share_of, word
from core.experiments.units import unit_key

_HELD_OUT = Assignment(variant=None, reason=AssignmentReason.HOLDOUT)
_NOT_IN_TRAFFIC = Assignment(variant=None, reason=AssignmentReason.NOT_IN_TRAFFIC)


class Assigner:
    """Assigns the units of one experiment. Knows neither its state nor what was stored of a unit.

    Testers come first, then the holdout, then the segments of the layer, then the variants.

    Args:
        stored: The experiment and its segments.
        shares: Of the variants by name, summing to 1; those left out get nothing. At least one is above 0.
        allocation: Number of the allocation that the shares are of.
    """

    def __init__(self, stored: StoredExperiment, shares: Mapping[str, float], *, allocation: int = 0) -> None:
        experiment = stored.experiment
        salt = salt_of(experiment)
        self._unit_prefix = prefix(Purpose.UNIT, salt)
        self._holdout_prefix = prefix(Purpose.HOLDOUT, "")
        self._holdout_share = experiment.holdout_share
        self._segment_prefix = _segment_prefix(experiment)
        self._start, self._end = stored.segment_start, stored.segment_end
        self._takes_all = self._start == 0 and self._end == SEGMENTS
        self._testers = {
            unit_key(unit): Assignment(
                variant=experiment.variant(name),
                reason=AssignmentReason.OVERRIDE,
                propensity=1.0,
                allocation=allocation,
            )
            for unit, name in experiment.overrides.items()
        }
        variant_prefix = prefix(Purpose.VARIANT, salt)
        # By name, so that a tie, if there ever is one, goes the same way in every process.
        self._arms = tuple(
            (
                word(variant_prefix, variant.name),
                shares[variant.name],
                Assignment(
                    variant=variant,
                    reason=AssignmentReason.HASH,
                    propensity=shares[variant.name],
                    allocation=allocation,
                ),
            )
            for variant in sorted(experiment.variants, key=lambda variant: variant.name)
            if shares.get(variant.name, 0.0) > 0.0
        )

    def assign(self, unit: str) -> Assignment:
        """Return what a unit gets.

        Args:
            unit: As :func:`core.experiments.units.unit_key` returns it.
        """
        tester = self._testers.get(unit)
        if tester is not None:
            return tester
        if self._holdout_share > 0.0 and share_of(word(self._holdout_prefix, unit)) < self._holdout_share:
            return _HELD_OUT
        if not self._takes_all and not self._start <= segment_of(word(self._segment_prefix, unit)) < self._end:
            return _NOT_IN_TRAFFIC
        return self._drawn(word(self._unit_prefix, unit))

    def _drawn(self, base: int) -> Assignment:
        """Return the arm with the least exponential time, which is the one with the greatest ``ln(u) / share``."""
        _, share, best = self._arms[0]
        greatest = log(share_of(mixed(base ^ self._arms[0][0]))) / share
        for seed, share, assignment in self._arms[1:]:
            value = log(share_of(mixed(base ^ seed))) / share
            if value > greatest:
                greatest, best = value, assignment
        return best


def salt_of(experiment: Experiment) -> str:
    """Return what enters the hashes of an experiment: its salt, or its name if it has none."""
    return experiment.salt or experiment.name


def _segment_prefix(experiment: Experiment) -> bytes:
    if experiment.layer:
        return prefix(Purpose.LAYER, experiment.layer)
    return prefix(Purpose.TRAFFIC, salt_of(experiment))
