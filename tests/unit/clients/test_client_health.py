from __future__ import annotations

from leadline import LeadLevel, Momentum, QualificationCriterion
from leadline.convert.health import health_from_wire
from leadline.v1 import health_pb2 as pb


def test_what_is_not_set_is_none_and_what_is_newer_is_unknown():
    wire = pb.LeadHealth(lead_id="l1", level=99, momentum=99)
    wire.qualification.parts.add(criterion=99)
    wire.qualification.missing.append(99)
    wire.level_changes.add(from_level=1, to_level=99)
    health = health_from_wire(wire)
    assert (health.level, health.momentum) == (LeadLevel.UNKNOWN, Momentum.UNKNOWN)
    assert health.level_changes[0].from_level is LeadLevel.COLD_LEAD
    assert health.qualification.missing == (QualificationCriterion.UNKNOWN,)
    assert health.qualification.parts[0].score is None
    assert health.conversion_probability is health.conversion_interval is health.trend_points_per_week is None
    assert health.level_time is health.assess_time is None


def test_a_zero_that_was_set_is_a_zero():
    wire = pb.LeadHealth(conversion_probability=0.0, trend_points_per_week=0.0)
    wire.qualification.parts.add(criterion=1, score=0.0)
    health = health_from_wire(wire)
    assert (health.conversion_probability, health.trend_points_per_week) == (0.0, 0.0)
    assert health.qualification.parts[0].score == 0.0
