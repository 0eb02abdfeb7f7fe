"""An experiment as it was set: built valid or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import InvalidInput, NotFound
from core.experiments.plan import EffectScale, Plan
from core.experiments.rules import violations_of
from core.identifiers import VersionName
from core.version import LEAD_SCORE


class AllocationMode(StrEnum):
    """How units are spread over variants."""

    FIXED = "fixed"
    BANDIT = "bandit"


class ExperimentState(StrEnum):
    """Where an experiment stands."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"
    STOPPED = "stopped"


class MetricKind(StrEnum):
    """What can be measured for a unit."""

    CONVERSION = "conversion"
    CONTACT_SUCCESS = "contact_success"
    CONVERSION_VALUE = "conversion_value"
    MEAN_SCORE = "mean_score"
    CONVERSIONS_PER_LEAD = "conversions_per_lead"


class MetricRole(StrEnum):
    """What a metric is for."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GUARDRAIL = "guardrail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One arm."""

    name: str
    model_version: VersionName
    share: float
    """Of the units, in [0, 1]."""
    is_control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """Something that is measured."""

    kind: MetricKind
    role: MetricRole
    margin: float = 0.0
    """Of a guardrail: the share of the control's value that may be lost, in (0, 1)."""

    @property
    def is_conversion(self) -> bool:
        """Whether it is what every experiment measures."""
        return self.kind is MetricKind.CONVERSION

    @property
    def is_guardrail(self) -> bool:
        """Whether it must not become worse."""
        return self.role is MetricRole.GUARDRAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A test of model versions.

    Raises:
        InvalidInput: On construction; names every broken field as the wire does, below ``experiment``.
    """

    name: str
    description: str = ""
    variants: tuple[Variant, ...]
    mode: AllocationMode = AllocationMode.FIXED
    salt: str = ""
    layer: str = ""
    """"" for a layer of its own."""
    traffic_share: float = 1.0
    """Of the layer's units, in (0, 1]."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Unit to variant."""
    metrics: tuple[MetricSpec, ...] = ()
    """Besides conversion, which is always primary."""
    sticky: bool = False
    plan: Plan | None = None
    conversion_window: timedelta | None = None
    """None: until the experiment is over."""
    start_time: datetime
    end_time: datetime | None = None
    min_effect: float = 0.02
    effect_scale: EffectScale = EffectScale.RELATIVE
    holdout_share: float = 0.0
    """Of all units, in [0, 1): they take part in no experiment."""
    model_kind: str = LEAD_SCORE
    """What its versions are, one of :data:`core.experiments.rules.MODEL_KINDS`."""

    def __post_init__(self) -> None:
        found = violations_of(self)
        if found:
            raise InvalidInput(found)

    @property
    def control(self) -> Variant:
        """The variant the others are compared with."""
        return next(variant for variant in self.variants if variant.is_control)

    @property
    def treatments(self) -> tuple[Variant, ...]:
        """All others, in the order in which they were set."""
        return tuple(variant for variant in self.variants if not variant.is_control)

    @property
    def keeps_first(self) -> bool:
        """Whether a unit keeps the variant it was first exposed to."""
        return self.sticky or self.mode is AllocationMode.BANDIT

    def variant(self, name: str) -> Variant:
        """Return a variant.

        Raises:
            NotFound: If there is none of that name.
        """
        found = next((variant for variant in self.variants if variant.name == name), None)
        if found is None:
            raise NotFound("variant", name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredExperiment:
    """An experiment, its place, and what became of it."""

    experiment: Experiment
    segment_start: int
    """Of the 10,000 segments of its layer those from here on are its own."""
    segment_end: int
    """The first that is not."""
    create_time: datetime
    created_by: str
    stop_time: datetime | None = None
    winner: str = ""
    stop_reason: str = ""

    def state(self, moment: datetime) -> ExperimentState:
        """Return where it stands at a moment."""
        if self.stop_time is not None:
            return ExperimentState.STOPPED
        if moment < self.experiment.start_time:
            return ExperimentState.SCHEDULED
        if self.experiment.end_time is not None and moment >= self.experiment.end_time:
            return ExperimentState.ENDED
        return ExperimentState.RUNNING

    @property
    def over_time(self) -> datetime | None:
        """When it exposed its last units: the earlier of stop and end; None while it is not known."""
        ends = [moment for moment in (self.stop_time, self.experiment.end_time) if moment is not None]
        return min(ends, default=None)
