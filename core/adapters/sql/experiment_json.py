"""Experiments and looks as canonical JSON, and back."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from core.experiments.experiment import AllocationMode, Experiment, MetricKind, MetricRole, MetricSpec, Variant
from core.experiments.plan import EffectScale, Plan
from core.experiments.results import Look, Range
from core.identifiers import VersionName
from core.version import LEAD_SCORE

Json = Any


def experiment_json(experiment: Experiment) -> str:
    """Return all that was set."""
    window = experiment.conversion_window
    content = {field.name: getattr(experiment, field.name) for field in fields(experiment)} | {
        "variants": [asdict(variant) for variant in experiment.variants],
        "overrides": dict(experiment.overrides),
        "metrics": [asdict(metric) for metric in experiment.metrics],
        "plan": None if experiment.plan is None else asdict(experiment.plan),
        "conversion_window": None if window is None else [window.days, window.seconds, window.microseconds],
        "start_time": experiment.start_time.isoformat(),
        "end_time": None if experiment.end_time is None else experiment.end_time.isoformat(),
    }
    return canonical(content)


def experiment_of(text: str) -> Experiment:
    """Return what :func:`experiment_json` wrote."""
    content = json.loads(text)
    window, end_time, plan = content["conversion_window"], content["end_time"], content["plan"]
    read = {
        "variants": tuple(map(_variant_of, content["variants"])),
        "mode": AllocationMode(content["mode"]),
        "metrics": tuple(map(_metric_of, content["metrics"])),
        "plan": None if plan is None else Plan(**{**plan, "effect_scale": EffectScale(plan["effect_scale"])}),
        "conversion_window": None if window is None else timedelta(*window),
        "start_time": datetime.fromisoformat(content["start_time"]),
        "end_time": None if end_time is None else datetime.fromisoformat(end_time),
        "effect_scale": EffectScale(content["effect_scale"]),
    }
    return Experiment(**{**content, **read})


def versions_of(text: str, kind: str) -> frozenset[VersionName]:
    """Return the versions of a kind under test in what :func:`experiment_json` wrote."""
    content = json.loads(text)
    # What was written before there were other kinds says nothing of its own.
    if content.get("model_kind", LEAD_SCORE) != kind:
        return frozenset()
    return frozenset(VersionName(variant["model_version"]) for variant in content["variants"])


def look_json(look: Look) -> str:
    """Return a look."""
    return canonical(asdict(look) | {"look_time": look.look_time.isoformat()})


def look_of(text: str) -> Look:
    """Return what :func:`look_json` wrote."""
    content = json.loads(text)
    look_time = datetime.fromisoformat(content["look_time"])
    return Look(**{**content, "interval": Range(**content["interval"]), "look_time": look_time})


def canonical(content: Json) -> str:
    """Return JSON of one form: sorted names, no spaces, ASCII. Numbers come back as they were, infinite ones too."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _variant_of(content: Json) -> Variant:
    return Variant(**{**content, "model_version": VersionName(content["model_version"])})


def _metric_of(content: Json) -> MetricSpec:
    return MetricSpec(**{**content, "kind": MetricKind(content["kind"]), "role": MetricRole(content["role"])})
