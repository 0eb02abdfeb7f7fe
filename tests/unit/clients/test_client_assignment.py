"""A caller that assigns without a call gets what the server would have said."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leadline.assignment import LocalAssigner, unit_key
from leadline.assignment_vectors import differences, vectors
from leadline.errors import InvalidRequest
from leadline.experiment import AllocationMode, Experiment, Variant

from core.errors import InvalidInput
from core.experiments import units
from tests.parts.assigners import assigner_of

ROOT = Path(__file__).resolve().parents[3]


def local(shares: dict[str, float], **fields: object) -> LocalAssigner:
    variants = tuple(
        Variant(name=name, model_version=f"version-{position}", traffic_percentage=100.0 * share)
        for position, (name, share) in enumerate(shares.items())
    )
    return LocalAssigner(Experiment(**{"name": "new-model", "variants": variants, "segment_end": 10_000, **fields}))


def test_the_client_reproduces_the_published_vectors():
    assert differences(vectors()) == []


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("words", "word", "0" * 16),
        ("mixes", "mixed", "f" * 16),
        ("mixes", "cell", "f" * 13),
        ("segments", "segment", 10_000),
        ("units", "key", "another"),
    ],
)
def test_a_vector_that_is_not_reproduced_is_named(part, field, value):
    published = copy.deepcopy(vectors()) | {"experiments": []}
    published[part][0][field] = value
    assert [line.partition(":")[0] for line in differences(published)] == [f"{part}[0].{field}"]


def test_an_assignment_that_is_not_reproduced_is_named():
    published = copy.deepcopy(vectors())
    made = published["experiments"][0]
    published["experiments"] = [made]
    made["units"][0]["variant"] = "nobody"
    made["many"]["sha256"] = "0" * 64
    assert [line.partition(":")[0] for line in differences(published)] == [made["name"]] * 2


def test_the_vectors_try_every_reason_that_a_hash_can_have():
    reasons = {entry["reason"] for made in vectors()["experiments"] for entry in made["units"]}
    assert reasons == {"hash", "override", "holdout", "not_in_traffic"}


@settings(derandomize=True, max_examples=200)
@given(
    st.lists(st.integers(1, 97), min_size=2, max_size=10),
    st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
    st.sampled_from(["", "pricing"]),
    st.sampled_from([0.0, 7.5, 60.0]),
    st.text(min_size=1, max_size=40),
)
def test_client_and_server_agree_on_every_unit(weights, ends, layer, holdout, text):
    try:
        unit = units.unit_key(text)
    except InvalidInput:
        with pytest.raises(InvalidRequest):
            unit_key(text)
        return
    percentages = {f"arm-{k}": 100.0 * weight / sum(weights) for k, weight in enumerate(weights)}
    start, end = min(ends), max(ends)
    here = LocalAssigner(
        Experiment(
            name="new-model",
            variants=tuple(
                Variant(name=name, model_version=f"version-{k}", traffic_percentage=percentage)
                for k, (name, percentage) in enumerate(percentages.items())
            ),
            layer=layer,
            segment_start=start,
            segment_end=end,
            holdout_percentage=holdout,
            overrides={"tester": "arm-1"},
        )
    )
    there = assigner_of(
        {name: percentage / 100.0 for name, percentage in percentages.items()},
        segments=(start, end),
        layer=layer,
        holdout_share=holdout / 100.0,
        overrides={"tester": "arm-1"},
    )
    for name, asked in ((unit, text), ("tester", "tester")):
        served, local_answer = there.assign(name), here.assign(asked)
        assert local_answer.variant == (served.variant.name if served.variant else "")
        assert local_answer.model_version == (served.variant.model_version if served.variant else "")
        assert local_answer.reason.value == served.reason.value
        assert local_answer.propensity == served.propensity


@pytest.mark.parametrize("text", ["", " a", "a\u200b", "\ud800", "x" * 129])
def test_what_is_no_unit_is_refused_before_anything_is_sent(text):
    with pytest.raises(InvalidRequest) as refused:
        local({"a": 0.5, "b": 0.5}).assign(text)
    assert [violation.field for violation in refused.value.violations] == ["unit_id"]


def test_a_bandit_is_the_servers_to_assign():
    with pytest.raises(InvalidRequest) as refused:
        local({"a": 0.5, "b": 0.5}, allocation_mode=AllocationMode.BANDIT)
    assert [violation.field for violation in refused.value.violations] == ["experiment.allocation_mode"]


def test_an_experiment_the_server_has_not_seen_has_no_units():
    assert local({"a": 0.5, "b": 0.5}, segment_end=0).assign("user-1").variant == ""


def test_assigning_needs_nothing_of_the_server():
    code = "import sys; import leadline.assignment_vectors as v; v.vectors(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "tests")
    assert {"core", "server", "numpy"}.isdisjoint(done.stdout.split())
