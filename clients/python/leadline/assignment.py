"""Which variant a unit gets, without a call: the same answer the server gives, bit for bit.

What happens here is written down for other languages in the product's ``docs/assignment.md``; the published vectors
(:mod:`leadline.assignment_vectors`) say whether it is done right.
"""

from __future__ import annotations

import unicodedata
from hashlib import sha256
from math import log
from typing import Final

from leadline.errors import InvalidRequest, Violation
from leadline.experiment import AllocationMode, AssignedVariant, AssignmentReason, Experiment, Variant

SEGMENTS: Final = 10_000
"""Parts of a layer."""
_LONGEST_UNIT: Final = 128
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
_BITS: Final = 2**64 - 1
_UNIT_RULE: Final = "must be 1 to 128 characters without space at an end and without control or invisible characters"


class LocalAssigner:
    """Assigns the units of one experiment.

    Nothing is recorded: a unit that is shown its variant must still be told to the server, by a score in the experiment
    or by ``AssignVariant``, or it counts for nothing. Whether the experiment runs is the server's to say as well.

    Args:
        experiment: As the server returned it, with its segments.

    Raises:
        InvalidRequest: If it is a bandit: its shares move, and only the server knows them.
    """

    def __init__(self, experiment: Experiment) -> None:
        if experiment.allocation_mode is AllocationMode.BANDIT:
            rule = "must be FIXED: only the server knows how a bandit spreads its units now"
            raise InvalidRequest.of([Violation(field="experiment.allocation_mode", rule=rule)])
        self._salt = experiment.salt or experiment.name
        self._place = ("layer", experiment.layer) if experiment.layer else ("traffic", self._salt)
        self._segments = range(experiment.segment_start, experiment.segment_end)
        self._holdout_share = experiment.holdout_percentage / 100.0
        self._testers = {unit_key(unit): variant for unit, variant in experiment.overrides.items()}
        self._variants = {variant.name: variant for variant in experiment.variants}
        names = sorted(variant.name for variant in experiment.variants if variant.traffic_percentage > 0.0)
        self._seeds = {name: word("variant", self._salt, name) for name in names}

    def assign(self, unit_id: str) -> AssignedVariant:
        """Return what a unit gets.

        Raises:
            InvalidRequest: If it is no unit; names ``unit_id``.
        """
        unit = unit_key(unit_id)
        if unit in self._testers:
            return _shown(self._variants[self._testers[unit]], AssignmentReason.OVERRIDE, 1.0)
        if number_of(word("holdout", "", unit)) < self._holdout_share:
            return _left_out(AssignmentReason.HOLDOUT)
        if segment_of(word(*self._place, unit)) not in self._segments:
            return _left_out(AssignmentReason.NOT_IN_TRAFFIC)
        base = word("unit", self._salt, unit)
        variant = self._variants[min(self._seeds, key=lambda name: self._time(name, base))]
        return _shown(variant, AssignmentReason.HASH, variant.traffic_percentage / 100.0)

    def _time(self, name: str, base: int) -> float:
        share = self._variants[name].traffic_percentage / 100.0
        return -log(number_of(mixed(base ^ self._seeds[name]))) / share


def unit_key(text: str) -> str:
    """Return the spelling of a unit that is hashed: Unicode NFC.

    Raises:
        InvalidRequest: If it is no unit; names ``unit_id``.
    """
    key = unicodedata.normalize("NFC", text)
    unseen = any(unicodedata.category(character) in _UNSEEN for character in key)
    if not 1 <= len(key) <= _LONGEST_UNIT or unseen or key != key.strip():
        raise InvalidRequest.of([Violation(field="unit_id", rule=_UNIT_RULE)])
    return key


def word(purpose: str, salt: str, text: str) -> int:
    """Return the first 64 bits of the SHA-256 of what is hashed, for one of the five purposes."""
    return int.from_bytes(sha256(f"leadline1\0{purpose}\0{salt}\0{text}".encode()).digest()[:8], "big")


def mixed(value: int) -> int:
    """Return 64 bits scattered by the finalizer of SplitMix64."""
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _BITS
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _BITS
    return value ^ value >> 31


def number_of(value: int) -> float:
    """Return the number in (0, 1) of 64 bits: the middle of the cell that the top 52 name."""
    return ((value >> 12) + 0.5) / 2.0**52


def segment_of(value: int) -> int:
    """Return the segment, 0 to 9,999, of 64 bits: by the top 32."""
    return (value >> 32) * SEGMENTS >> 32


def _shown(variant: Variant, reason: AssignmentReason, propensity: float) -> AssignedVariant:
    return AssignedVariant(
        variant=variant.name,
        model_version=variant.model_version,
        reason=reason,
        propensity=propensity,
        exposure_time=None,
    )


def _left_out(reason: AssignmentReason) -> AssignedVariant:
    return AssignedVariant(variant="", model_version="", reason=reason, propensity=0.0, exposure_time=None)
