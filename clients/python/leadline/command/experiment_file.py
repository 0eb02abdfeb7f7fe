"""Reads an experiment from JSON: the form is the one that ``leadline experiments show --json`` prints."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

from leadline.experiment import AllocationMode, Experiment, ExperimentMetric, MetricKind, MetricRole, Variant
from leadline.experiment_plan import EffectScale, ExperimentPlan
from leadline.leadfile.problem import file_problem
from leadline.leadfile.reading import STANDARD_INPUT, read_text

E = TypeVar("E", bound=Enum)

_TEXT: Final = "a text"
_NUMBER: Final = "a number"
_WHOLE: Final = "a whole number"
_FLAG: Final = "true or false"
_LIST: Final = "a list"
_OBJECT: Final = "an object"
_EXPERIMENT: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("name", "description", "allocation_mode", "salt", "layer", "model_kind", "start_time", "end_time"), _TEXT
    ),
    **dict.fromkeys(("traffic_percentage", "conversion_window", "min_effect"), _NUMBER),
    **dict.fromkeys(("plan", "overrides"), _OBJECT),
    **dict.fromkeys(("variants", "metrics"), _LIST),
    "effect_scale": _TEXT,
    "sticky": _FLAG,
}
_OUTPUT_ONLY: Final = frozenset(
    {
        *("state", "holdout_percentage", "segment_start", "segment_end"),
        *("create_time", "stop_time", "winner", "stop_reason", "created_by"),
    }
)
_VARIANT: Final = {"name": _TEXT, "model_version": _TEXT, "traffic_percentage": _NUMBER, "is_control": _FLAG}
_METRIC: Final = {"kind": _TEXT, "role": _TEXT, "margin": _NUMBER}
_PLAN: Final = {
    **dict.fromkeys(("baseline_rate", "min_effect", "alpha", "power", "units_per_day"), _NUMBER),
    **dict.fromkeys(("look_count", "horizon_units"), _WHOLE),
    "effect_scale": _TEXT,
}


def read_experiment(path: str, name: str = "") -> Experiment:
    """Read an experiment. What only a server fills in is left out, as is everything that is null.

    Args:
        path: Of the file, "-" for standard input.
        name: In place of the one in the file; empty keeps that.

    Raises:
        InvalidRequest: If it is not one; names the file and the place in it.
    """
    file = "standard input" if path == STANDARD_INPUT else path
    try:
        found = json.loads(read_text(path))
    except ValueError as problem:
        raise file_problem(file, f"must be JSON: {problem}") from problem
    fields = _checked(file, found, _EXPERIMENT, left_out=_OUTPUT_ONLY)
    read = {key: _READERS[key](f"{file}, {key}", value) for key, value in fields.items() if key in _READERS}
    return Experiment(**{"name": "", "variants": (), **fields, **read, **({"name": name} if name else {})})


def _variants(place: str, value: list[Any]) -> tuple[Variant, ...]:
    needed = ("name", "model_version", "traffic_percentage")
    return tuple(Variant(**_checked(f"{place}[{at}]", one, _VARIANT, needed=needed)) for at, one in enumerate(value))


def _metrics(place: str, value: list[Any]) -> tuple[ExperimentMetric, ...]:
    return tuple(_metric(f"{place}[{at}]", one) for at, one in enumerate(value))


def _metric(place: str, value: Any) -> ExperimentMetric:
    fields = _checked(place, value, _METRIC, needed=("kind",))
    kind = _member(MetricKind, f"{place}.kind", fields["kind"])
    role = _member(MetricRole, f"{place}.role", fields.get("role", MetricRole.SECONDARY.value))
    return ExperimentMetric(kind=kind, role=role, margin=fields.get("margin", 0.0))


def _plan(place: str, value: Any) -> ExperimentPlan:
    fields = _checked(place, value, _PLAN, needed=("min_effect",), left_out=frozenset({"days"}))
    if "effect_scale" in fields:
        fields["effect_scale"] = _member(EffectScale, f"{place}.effect_scale", fields["effect_scale"])
    return ExperimentPlan(**fields)


def _overrides(place: str, value: dict[str, Any]) -> dict[str, str]:
    return _checked(place, value, dict.fromkeys(value, _TEXT))


def _moment(place: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise file_problem(place, "must be ISO 8601, for example 2026-03-01T12:00:00Z") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _length(place: str, seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise file_problem(place, "must be a number of seconds") from None


def _member(kind: type[E], place: str, value: str) -> E:
    known = [one.value for one in kind if one.value != "unknown"]
    if value not in known:
        raise file_problem(place, f"must be one of {', '.join(known)}")
    return kind(value)


def _checked(
    place: str,
    value: Any,
    kinds: Mapping[str, str],
    *,
    needed: tuple[str, ...] = (),
    left_out: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the entries of an object that are not null, each of the kind it must have."""
    if not isinstance(value, dict):
        raise file_problem(place, "must be an object")
    given = {key: entry for key, entry in value.items() if entry is not None and key not in left_out}
    for key, entry in given.items():
        if key not in kinds:
            raise file_problem(f"{place}, {key}", f"must be one of {', '.join(kinds)}")
        if not _fits(entry, kinds[key]):
            raise file_problem(f"{place}, {key}", f"must be {kinds[key]}")
    for key in needed:
        if key not in given:
            raise file_problem(f"{place}, {key}", "must be given")
    return given


def _fits(value: object, kind: str) -> bool:
    if kind in {_NUMBER, _WHOLE}:
        known = (int,) if kind == _WHOLE else (int, float)
        return isinstance(value, known) and not isinstance(value, bool)
    types = {_TEXT: str, _FLAG: bool, _LIST: list, _OBJECT: dict}
    return isinstance(value, types[kind])


_READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "variants": _variants,
    "metrics": _metrics,
    "plan": _plan,
    "overrides": _overrides,
    "start_time": _moment,
    "end_time": _moment,
    "conversion_window": _length,
    "allocation_mode": lambda place, value: _member(AllocationMode, place, value),
    "effect_scale": lambda place, value: _member(EffectScale, place, value),
}
