from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest

from core.errors import InvalidInput
from core.experiments.experiment import AllocationMode, MetricKind, MetricRole, MetricSpec, Variant
from core.experiments.plan import EffectScale, Plan
from core.identifiers import VersionName
from tests.parts.assigners import EVEN, START, experiment_of

FINE_PLAN = {"baseline_rate": 0.1, "min_effect": 0.2}
NOT_NUMBERS = (nan, inf, -inf)


def broken(**fields: object) -> set[str]:
    """Return the fields that an experiment is refused for."""
    with pytest.raises(InvalidInput) as refused:
        experiment_of(**fields)
    assert all(violation.rule.startswith("must ") for violation in refused.value.violations)
    return {violation.field for violation in refused.value.violations}


def variants(*shares: float, controls: tuple[int, ...] = (0,), **fields: object) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            **{
                "name": f"arm-{position}",
                "model_version": VersionName("v1"),
                "share": share,
                "is_control": position in controls,
                **fields,
            }
        )
        for position, share in enumerate(shares)
    )


def test_all_that_is_allowed_is_built():
    experiment_of(
        {**dict.fromkeys((f"Arm_{k}.x-" for k in range(9)), 0.1), "off": 0.1},
        name="N" * 100,
        description="d" * 2_000,
        mode=AllocationMode.BANDIT,
        salt="s",
        layer="search.page",
        traffic_share=1e-9,
        overrides={f"user-{k}": "off" for k in range(1_000)},
        metrics=(
            MetricSpec(kind=MetricKind.MEAN_SCORE, role=MetricRole.GUARDRAIL, margin=0.05),
            MetricSpec(kind=MetricKind.MEAN_SCORE, role=MetricRole.SECONDARY),
            MetricSpec(kind=MetricKind.CONVERSION_VALUE, role=MetricRole.PRIMARY),
        ),
        sticky=True,
        conversion_window=timedelta(days=365),
        end_time=START + timedelta(microseconds=1),
        min_effect=0.99,
        effect_scale=EffectScale.ABSOLUTE,
        holdout_share=0.999,
    )
    experiment_of(plan=Plan(**FINE_PLAN))


@pytest.mark.parametrize("name", ["", "a b", "a/b", "\u00e4", "a" * 101, "a\n", "a\x00", ":"])
def test_names_are_well_formed(name):
    assert broken(name=name) == {"experiment.name"}
    assert broken(shares={name: 0.5, "b": 0.5}) == {"experiment.variants[0].name"}
    assert broken(salt=name or "?", layer=name or "?") == {"experiment.salt", "experiment.layer"}


def test_names_of_variants_differ_in_more_than_case():
    assert broken(shares={"new": 0.5, "control": 0.25, "New": 0.25}) == {"experiment.variants[2].name"}


@pytest.mark.parametrize("count", [0, 1, 11])
def test_there_are_2_to_10_variants(count):
    assert "experiment.variants" in broken(variants=variants(*[1 / max(count, 1)] * count))


@pytest.mark.parametrize("controls", [(), (0, 1)])
def test_there_is_one_control(controls):
    assert broken(variants=variants(0.5, 0.5, controls=controls)) == {"experiment.variants"}


@pytest.mark.parametrize("share", [-0.1, 1.1, *NOT_NUMBERS])
def test_a_percentage_is_0_to_100(share):
    assert broken(variants=variants(0.5, share)) == {"experiment.variants[1].traffic_percentage"}


@pytest.mark.parametrize("shares", [(0.5, 0.4), (0.5, 0.500002), (1.0, 1.0), (0.333, 0.333, 0.333)])
def test_percentages_sum_to_100(shares):
    assert broken(variants=variants(*shares)) == {"experiment.variants"}


def test_percentages_with_seven_digits_sum_well_enough():
    experiment_of(dict.fromkeys("abc", 0.333333333))
    experiment_of({"a": 0.1, "b": 0.2, "c": 0.7})


def test_the_control_and_some_treatment_get_units():
    assert broken(variants=variants(0.0, 1.0)) == {"experiment.variants[0].traffic_percentage"}
    assert broken(variants=variants(1.0, 0.0, 0.0)) == {"experiment.variants"}


@pytest.mark.parametrize("version", ["", "a b", "v" * 129])
def test_a_version_is_an_id(version):
    expected = {"experiment.variants[0].model_version", "experiment.variants[1].model_version"}
    assert broken(variants=variants(0.5, 0.5, model_version=version)) == expected


def test_two_variants_may_share_a_version():
    assert experiment_of(variants=variants(0.5, 0.5)).control.model_version == "v1"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"description": "d" * 2_001}, "description"),
        ({"conversion_window": timedelta()}, "conversion_window"),
        ({"conversion_window": timedelta(days=-1)}, "conversion_window"),
        ({"conversion_window": timedelta(days=365, microseconds=1)}, "conversion_window"),
        ({"end_time": START}, "end_time"),
        ({"end_time": START - timedelta(days=1)}, "end_time"),
        ({"end_time": datetime(2026, 5, 1)}, "end_time"),  # noqa: DTZ001 - a time without offset is what is tried
        ({"end_time": datetime(2100, 1, 1, tzinfo=UTC)}, "end_time"),
        ({"start_time": datetime(2026, 5, 1)}, "start_time"),  # noqa: DTZ001 - as above
        ({"start_time": datetime(1969, 12, 31, tzinfo=UTC)}, "start_time"),
        *(({"traffic_share": share}, "traffic_percentage") for share in (0.0, -0.1, 1.1, *NOT_NUMBERS)),
        *(({"holdout_share": share}, "holdout_percentage") for share in (-0.1, 1.0, *NOT_NUMBERS)),
        *(({"min_effect": effect}, "min_effect") for effect in (0.0, -0.1, 101.0, *NOT_NUMBERS)),
        *(
            ({"min_effect": effect, "effect_scale": EffectScale.ABSOLUTE}, "min_effect")
            for effect in (0.0, 1.0, *NOT_NUMBERS)
        ),
    ],
)
def test_what_is_out_of_range_is_named(fields, field):
    assert broken(**fields) == {f"experiment.{field}"}


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"user-1": "control", "user-2": "other"}, "overrides[1].variant"),
        ({" user-1": "control"}, "overrides[0].unit_id"),
        ({"": "control"}, "overrides[0].unit_id"),
        ({"M\u00fcller": "control", "Mu\u0308ller": "treatment"}, "overrides[1].unit_id"),
        ({f"user-{k}": "control" for k in range(1_001)}, "overrides"),
    ],
)
def test_testers_are_units_with_a_variant_each(overrides, field):
    assert broken(overrides=overrides) == {f"experiment.{field}"}


@pytest.mark.parametrize("role", list(MetricRole))
def test_conversion_is_measured_without_being_named(role):
    margin = 0.1 if role is MetricRole.GUARDRAIL else 0.0
    metric = MetricSpec(kind=MetricKind.CONVERSION, role=role, margin=margin)
    assert broken(metrics=(metric,)) == {"experiment.metrics[0].kind"}


def test_nothing_is_measured_twice_in_a_role():
    metric = MetricSpec(kind=MetricKind.MEAN_SCORE, role=MetricRole.SECONDARY)
    assert broken(metrics=(metric, metric)) == {"experiment.metrics[1]"}
    assert "experiment.metrics" in broken(metrics=(metric,) * 21)


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1, *NOT_NUMBERS])
def test_a_guardrail_has_a_margin(margin):
    metric = MetricSpec(kind=MetricKind.CONTACT_SUCCESS, role=MetricRole.GUARDRAIL, margin=margin)
    assert broken(metrics=(metric,)) == {"experiment.metrics[0].margin"}


@pytest.mark.parametrize("margin", [0.1, -0.1, *NOT_NUMBERS])
def test_nothing_else_has_one(margin):
    metric = MetricSpec(kind=MetricKind.CONTACT_SUCCESS, role=MetricRole.PRIMARY, margin=margin)
    assert broken(metrics=(metric,)) == {"experiment.metrics[0].margin"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("baseline_rate", value) for value in (0.0, 1.0, -0.1, 1.1, *NOT_NUMBERS)),
        *(("min_effect", value) for value in (0.0, -0.1, 9.0, *NOT_NUMBERS)),
        *(("alpha", value) for value in (0.0, 0.5, -0.1, *NOT_NUMBERS)),
        *(("power", value) for value in (0.49, 1.0, *NOT_NUMBERS)),
        *(("look_count", value) for value in (0, -1, 101)),
        *(("horizon_units", value) for value in (-1, 10**12 + 1)),
        *(("units_per_day", value) for value in (-0.1, 1e13, *NOT_NUMBERS)),
    ],
)
def test_a_plan_is_in_range(field, value):
    assert broken(plan=Plan(**{**FINE_PLAN, field: value})) == {f"experiment.plan.{field}"}


def test_a_planned_rate_stays_below_1():
    assert broken(plan=Plan(baseline_rate=0.6, min_effect=0.5, effect_scale=EffectScale.ABSOLUTE)) == {
        "experiment.plan.min_effect"
    }


def test_all_that_is_wrong_is_told_at_once():
    assert broken(shares=EVEN, name="?", traffic_share=nan, layer="?", overrides={"u": "none"}) == {
        "experiment.name",
        "experiment.traffic_percentage",
        "experiment.layer",
        "experiment.overrides[0].variant",
    }
