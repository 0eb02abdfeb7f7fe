"""An experiment as it is asked for: what may be left out is filled in when it is created."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from core.errors import InvalidInput
from core.experiments.experiment import AllocationMode, Experiment, MetricSpec, Variant
from core.experiments.plan import EffectScale, Plan
from core.version import LEAD_SCORE

USUAL_MIN_EFFECT = 0.02
"""Least effect that matters where nobody says, relative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentDraft:
    """What a caller says; the fields are those of :class:`core.experiments.experiment.Experiment`."""

    name: str
    description: str = ""
    variants: tuple[Variant, ...]
    mode: AllocationMode = AllocationMode.FIXED
    salt: str = ""
    layer: str = ""
    traffic_share: float = 1.0
    overrides: tuple[tuple[str, str], ...] = ()
    """Unit and variant, each unit once."""
    metrics: tuple[MetricSpec, ...] = ()
    sticky: bool = False
    plan: Plan | None = None
    """Its horizon is 0 where it is to be worked out, and its rate where it is to be measured."""
    conversion_window: timedelta | None = None
    start_time: datetime | None = None
    """None: now."""
    end_time: datetime | None = None
    min_effect: float | None = None
    """None: that of the plan, or 0.02."""
    effect_scale: EffectScale | None = None
    """None: that of the plan, or relative."""
    model_kind: str = LEAD_SCORE

    @property
    def said(self) -> str:
        """What tells one request from another: canonical JSON of all of it."""
        content = asdict(self)
        if self.model_kind == LEAD_SCORE:
            # As it was said before there were other kinds: a request that is sent again is still the same.
            del content["model_kind"]
        return json.dumps(content, sort_keys=True, default=str, separators=(",", ":"))

    def completed(self, *, now: datetime, plan: Plan | None, holdout_share: float) -> Experiment:
        """Return the experiment.

        Args:
            now: When it starts if nothing else is said.
            plan: The plan, complete.
            holdout_share: Of all units, in [0, 1).

        Raises:
            InvalidInput: Names every broken field below ``experiment``.
        """
        effect, scale = self._effect()
        return Experiment(
            name=self.name,
            description=self.description,
            variants=self.variants,
            mode=self.mode,
            salt=self.salt,
            layer=self.layer,
            traffic_share=self.traffic_share,
            overrides=dict(self.overrides),
            metrics=self.metrics,
            sticky=self.sticky,
            plan=plan,
            conversion_window=self.conversion_window,
            start_time=self.start_time or now,
            end_time=self.end_time,
            min_effect=effect,
            effect_scale=scale,
            holdout_share=holdout_share,
            model_kind=self.model_kind,
        )

    def _effect(self) -> tuple[float, EffectScale]:
        """Return the least effect that matters: a number without a scale is on the plan's, or relative."""
        effect, scale = USUAL_MIN_EFFECT, EffectScale.RELATIVE
        # A plan without an effect is refused as a plan.
        if self.plan is not None and self.plan.min_effect > 0.0:
            effect, scale = self.plan.min_effect, self.plan.effect_scale
        if self.min_effect is None:
            if self.effect_scale not in {None, scale}:
                raise InvalidInput.of("experiment.min_effect", "must be given with effect_scale")
            return effect, scale
        return self.min_effect, self.effect_scale or scale
