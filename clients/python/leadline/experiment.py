"""Experiments: model versions compared on live traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from leadline.experiment_plan import EffectScale, ExperimentPlan
from leadline.model import ModelVersion


class AllocationMode(Enum):
    """How units are spread over variants."""

    FIXED = "fixed"
    """By the percentages, all the time."""
    BANDIT = "bandit"
    """More to what converts better, by Thompson sampling, and never less than a floor to any."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class ExperimentState(Enum):
    """Where an experiment stands."""

    SCHEDULED = "scheduled"
    """Its start time has not come."""
    RUNNING = "running"
    ENDED = "ended"
    """Its end time has passed. Conversions still count as its window says."""
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    """Something newer than this client."""


class MetricKind(Enum):
    """What can be measured for a unit, within its conversion window."""

    CONVERSION = "conversion"
    """Whether one of its leads converted: a proportion."""
    CONTACT_SUCCESS = "contact_success"
    """Whether one of its leads was contacted with success: a proportion."""
    CONVERSION_VALUE = "conversion_value"
    """Sum of conversion values: a mean."""
    MEAN_SCORE = "mean_score"
    """Mean of the scores its leads were first shown with: a mean."""
    CONVERSIONS_PER_LEAD = "conversions_per_lead"
    """Leads that converted over leads: a ratio of sums."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class MetricRole(Enum):
    """What a metric is for."""

    PRIMARY = "primary"
    """Decides; its p-values are corrected by Holm."""
    SECONDARY = "secondary"
    """Informs; its p-values are corrected by Benjamini and Hochberg."""
    GUARDRAIL = "guardrail"
    """Must not become worse."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class AssignmentReason(Enum):
    """Why a unit has a variant, or none."""

    HASH = "hash"
    STICKY = "sticky"
    """It was first exposed to it, and the experiment is sticky."""
    OVERRIDE = "override"
    """It is a tester."""
    HOLDOUT = "holdout"
    """None: it is among the units that take part in nothing."""
    NOT_IN_TRAFFIC = "not_in_traffic"
    """None: its segment belongs to other experiments, or to nobody."""
    NOT_RUNNING = "not_running"
    """None: the experiment has not begun, or is over."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One arm."""

    name: str
    """1 to 100 of A-Z a-z 0-9 _ . -"""
    model_version: str
    """Registered version, of the experiment's model_kind, that answers its units."""
    traffic_percentage: float
    """0 to 100."""
    is_control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentMetric:
    """Something that is measured for each unit."""

    kind: MetricKind
    role: MetricRole = MetricRole.SECONDARY
    margin: float = 0.0
    """Of a GUARDRAIL: the share of the control's value that may be lost, above 0 and below 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A test of model versions. The server checks what it must hold.

    The fields from ``state`` on are filled in by the server and never sent.
    """

    name: str
    """Unique within the tenant for ever: 1 to 100 of A-Z a-z 0-9 _ . -"""
    variants: tuple[Variant, ...]
    """2 to 10; one is the control, and their percentages sum to 100."""
    description: str = ""
    """At most 2,000 characters."""
    allocation_mode: AllocationMode = AllocationMode.FIXED
    salt: str = ""
    """Enters the hash; empty: made from the name. The salt of an earlier experiment keeps units where they were."""
    layer: str = ""
    """Experiments of one layer never share a unit. Empty: a layer of its own."""
    traffic_percentage: float = 100.0
    """Share of the units of the layer that take part, above 0 and at most 100."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Testers: unit to variant. They are not analysed. At most 1,000."""
    metrics: tuple[ExperimentMetric, ...] = ()
    """Besides conversion, which is always the primary metric. At most 20."""
    sticky: bool = False
    """A unit keeps the variant it was first exposed to, whatever becomes of the split. Always so in a BANDIT."""
    plan: ExperimentPlan | None = None
    """None: no horizon; the recommendation rests on the always-valid interval."""
    conversion_window: timedelta | None = None
    """A conversion counts if it comes within this time of the exposure. None: until the experiment is over."""
    start_time: datetime | None = None
    """Aware; None when it is created: now."""
    end_time: datetime | None = None
    """Aware; None: until it is stopped."""
    min_effect: float = 0.0
    """Least effect that matters, on the scale below. 0: that of the plan, or 0.02 relative."""
    effect_scale: EffectScale | None = None
    """None: that of the plan, or RELATIVE."""
    model_kind: str = "lead_score"
    """What its versions are: ``lead_score``, asked for by score, or ``recommendation``, asked for by recommend."""
    state: ExperimentState = ExperimentState.UNKNOWN
    holdout_percentage: float = 0.0
    """Share of all units that took part in no experiment when this one was created."""
    segment_start: int = 0
    """First of the 10,000 segments of the layer that belong to it."""
    segment_end: int = 0
    """The first segment after them."""
    create_time: datetime | None = None
    stop_time: datetime | None = None
    winner: str = ""
    """The variant that won, if one was named when it was stopped."""
    stop_reason: str = ""
    created_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedVariant:
    """What a unit gets, and why."""

    variant: str
    """Empty if the unit takes no part."""
    model_version: str
    """Version that scores it; empty if the unit takes no part."""
    reason: AssignmentReason
    propensity: float
    """Chance the unit had to get this variant, in (0, 1]; 0 if it takes no part."""
    exposure_time: datetime | None
    """When it was first exposed; None if it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedExperiment:
    """What became of a stop."""

    experiment: Experiment
    activated: ModelVersion | None
    """The winner's version, which serves now; None unless it was activated."""
