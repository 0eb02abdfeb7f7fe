"""Fields of a lead and of its health that criteria look at."""

from __future__ import annotations

from collections.abc import Mapping

from core.behavior.plan import LEAD_PLAN
from core.conversation.fields import ANALYSIS_FIELDS
from core.criteria.facts import FieldType
from core.features.streams.declaration import ValueType

_NUMBER, _FLAG, _TEXT, _TEXTS = FieldType.NUMBER, FieldType.FLAG, FieldType.TEXT, FieldType.TEXTS

LEAD_ATTRIBUTES = "lead.attributes."
"""What the names of the tenant's own attributes begin with."""
BEHAVIOR = "behavior."
"""What the names of behaviour features begin with."""

LEAD_FIELDS: Mapping[str, FieldType] = {
    "lead.title": _TEXT,
    "lead.category": _TEXT,
    "lead.location_name": _TEXT,
    "lead.price": _NUMBER,
    "lead.owner_id": _TEXT,
    "lead.has_email": _FLAG,
    "lead.has_phone": _FLAG,
    "lead.age_days": _NUMBER,
    LEAD_ATTRIBUTES: FieldType.ANY,
}
"""By name; the one that ends with a point stands for all below it. ``lead.age_days``: since it was posted, without such
a time since its first event."""

BEHAVIOR_FIELDS: Mapping[str, FieldType] = {
    f"{BEHAVIOR}{feature.name}": _TEXT if feature.value_type is ValueType.CATEGORY else _NUMBER
    for feature in LEAD_PLAN.features
}
"""By name: every feature of what a lead did."""

HEALTH_FIELDS: Mapping[str, FieldType] = {
    "health.score": _NUMBER,
    "health.level": _TEXT,
    "health.momentum": _TEXT,
    "health.engagement": _NUMBER,
    "health.qualification": _NUMBER,
    "health.missing": _TEXTS,
    "health.conversion_probability": _NUMBER,
    "health.cold_risk": _NUMBER,
    "health.trend": _NUMBER,
    "health.confidence": _NUMBER,
}
"""By name. ``health.level`` is a :class:`~core.health.health.LeadLevel`, ``health.missing`` holds values of
:class:`~core.health.health.QualificationCriterion`."""

ALL_FIELDS: Mapping[str, FieldType] = {**LEAD_FIELDS, **BEHAVIOR_FIELDS, **ANALYSIS_FIELDS, **HEALTH_FIELDS}
"""Everything that is known of a lead when its health is assessed."""
