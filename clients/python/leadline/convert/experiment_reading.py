"""The readings of a comparison on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.enums import enum_table
from leadline.convert.score import interval_from_wire
from leadline.experiment_reading import (
    AdjustedReading,
    AlwaysValidReading,
    BayesianReading,
    FixedHorizonReading,
    GuardrailState,
    NonInferiorityReading,
    PlainRule,
    SequentialReading,
)
from leadline.v1 import experiment_result_pb2 as pb

_GUARDRAILS: Final = enum_table(pb.GuardrailState.items(), "GUARDRAIL_STATE_", GuardrailState)


def fixed_from_wire(wire: pb.FixedHorizonReading) -> FixedHorizonReading:
    """Return a message as a reading of one look."""
    textbook, rule = wire.textbook_interval, wire.plain_rule
    return FixedHorizonReading(
        statistic=wire.statistic,
        p_value=wire.p_value,
        adjusted_p_value=wire.adjusted_p_value,
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
        textbook_interval=interval_from_wire(textbook) if wire.HasField("textbook_interval") else None,
        plain_rule=PlainRule(
            enough_units=rule.enough_units, significant=rule.significant, large_enough=rule.large_enough, met=rule.met
        )
        if wire.HasField("plain_rule")
        else None,
    )


def sequential_from_wire(wire: pb.SequentialReading) -> SequentialReading:
    """Return a message as the newest look."""
    return SequentialReading(
        look=wire.look,
        information=wire.information,
        statistic=wire.statistic,
        boundary=wire.boundary,
        alpha_spent=wire.alpha_spent,
        crossed=wire.crossed,
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
    )


def always_valid_from_wire(wire: pb.AlwaysValidReading) -> AlwaysValidReading:
    """Return a message as a reading that holds at any moment."""
    return AlwaysValidReading(
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
        p_value=wire.p_value,
        excludes_zero=wire.excludes_zero,
    )


def bayesian_from_wire(wire: pb.BayesianReading) -> BayesianReading:
    """Return a message as what a uniform prior says."""
    return BayesianReading(probability_better=wire.probability_better, expected_loss=wire.expected_loss)


def adjusted_from_wire(wire: pb.AdjustedReading) -> AdjustedReading:
    """Return a message as the difference with less noise."""
    return AdjustedReading(
        difference=wire.difference,
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
        p_value=wire.p_value,
        variance_reduction=wire.variance_reduction,
    )


def non_inferiority_from_wire(wire: pb.NonInferiorityReading) -> NonInferiorityReading:
    """Return a message as where a guardrail stands."""
    return NonInferiorityReading(
        margin=wire.margin,
        p_value=wire.p_value,
        lower=wire.lower,
        state=_GUARDRAILS.get(wire.state, GuardrailState.UNKNOWN),
    )
