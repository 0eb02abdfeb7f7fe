"""Which variant a unit gets."""

from __future__ import annotations

from leadline.v1 import experiment_service_pb2 as pb

from core.experiments.assignment import AssignmentReason
from core.experiments.variant_lookup import AssignedVariant
from server.convert.times import time_to_wire

_REASONS = {reason: pb.AssignmentReason.Value(f"ASSIGNMENT_REASON_{reason.name}") for reason in AssignmentReason}


def assigned_to_wire(assigned: AssignedVariant) -> pb.AssignVariantResponse:
    """Return what a unit gets as a message."""
    assignment, exposure = assigned.assignment, assigned.exposure
    variant = assignment.variant
    return pb.AssignVariantResponse(
        variant="" if variant is None else variant.name,
        model_version="" if variant is None else variant.model_version,
        reason=_REASONS[assignment.reason],
        propensity=assignment.propensity,
        exposure_time=None if exposure is None else time_to_wire(exposure.exposure_time),
    )
