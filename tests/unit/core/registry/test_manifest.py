from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ArtifactRefused
from core.registry.manifest import content_digest, manifest_digest, manifest_to_json, parse_manifest, version_name
from core.version import Metric
from tests.parts.versions import make_manifest

finite = st.floats(allow_nan=False, allow_infinity=False)
metrics = st.builds(
    Metric,
    name=st.text(max_size=20),
    value=finite,
    lower=st.none() | finite,
    upper=st.none() | finite,
    level=st.none() | finite,
    sample_count=st.integers(0, 2**53),
)
parameters = st.dictionaries(
    st.text(max_size=20), st.text(max_size=20) | st.integers(-(2**53), 2**53) | finite | st.booleans(), max_size=5
)


def changed(**fields: object) -> bytes:
    content = json.loads(manifest_to_json(make_manifest())) | fields
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def without(name: str) -> bytes:
    content = json.loads(manifest_to_json(make_manifest()))
    del content[name]
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


@given(st.tuples(metrics, metrics), parameters, st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1)))  # noqa: DTZ001 - hypothesis asks for it
def test_a_manifest_comes_back_as_it_was(two_metrics, any_parameters, moment):
    manifest = replace(make_manifest(), metrics=two_metrics, parameters=any_parameters, training_end_time=moment)
    content = manifest_to_json(manifest)
    assert parse_manifest(content) == manifest
    assert manifest_to_json(parse_manifest(content)) == content


def test_one_manifest_has_one_text_whatever_the_time_zone():
    east = make_manifest().create_time.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert manifest_to_json(replace(make_manifest(), create_time=east)) == manifest_to_json(make_manifest())


def test_flags_and_numbers_stay_apart():
    manifest = replace(make_manifest(), parameters={"flag": True, "one": 1, "real": 1.0})
    kept = parse_manifest(manifest_to_json(manifest)).parameters
    assert [type(kept[name]) for name in ("flag", "one", "real")] == [bool, int, float]


@pytest.mark.parametrize("name", sorted(json.loads(manifest_to_json(make_manifest()))))
def test_every_field_is_needed(name):
    with pytest.raises(ArtifactRefused, match=f"'{name}' is missing"):
        parse_manifest(without(name))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"surprise": 1}, "'surprise' is not known"),
        ({"kind": 5}, "kind must be a text"),
        ({"kind": "a b"}, "kind must be 1 to 128"),
        ({"version": ""}, "version must be"),
        ({"version": "../x"}, "version must be"),
        ({"feature_count": -1}, "feature_count must be a whole number"),
        ({"feature_count": 1.0}, "feature_count must be a whole number"),
        ({"feature_count": True}, "feature_count must be a whole number"),
        ({"feature_count": 10**400}, "feature_count must be a whole number"),
        ({"base_rate": 1.5}, "base_rate must be between 0 and 1"),
        ({"threshold": None}, "threshold must be a finite number"),
        ({"threshold": 10**400}, "threshold must be a finite number"),
        ({"create_time": None}, "create_time must be a text"),
        ({"create_time": "yesterday"}, "create_time must be a time"),
        ({"create_time": "2026-01-01T00:00:00"}, "create_time must name its offset"),
        ({"metrics": {}}, "metrics must be a list"),
        ({"metrics": [5]}, r"metrics\[0\] must be an object"),
        ({"metrics": [{"name": "auc"}]}, r"metrics\[0\]: the field 'level' is missing"),
        ({"parameters": {"a": []}}, "parameters must hold texts"),
        ({"parameters": {"a": None}}, "parameters must hold texts"),
        ({"parents": ["a b"]}, r"parents.0 must be 1 to 128"),
        (
            {"files": [{"name": "../x", "sha256": "0" * 64, "size_bytes": 1}]},
            r"files\[0\].name must be a plain file name",
        ),
        (
            {"files": [{"name": ".x", "sha256": "0" * 64, "size_bytes": 1}]},
            r"files\[0\].name must be a plain file name",
        ),
        ({"files": [{"name": "x", "sha256": "F" * 64, "size_bytes": 1}]}, r"files\[0\].sha256 must be 64"),
        ({"code_version": "x" * 2_000_000}, "is larger than"),
    ],
)
def test_a_field_that_is_wrong_is_named(fields, problem):
    with pytest.raises(ArtifactRefused, match=problem) as caught:
        parse_manifest(changed(**fields))
    assert caught.value.metadata["file"] == "manifest.json"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 100_000,
        changed(base_rate=math.nan),
        changed(base_rate=math.inf),
        changed().replace(b'"base_rate":0.38', b'"base_rate":1e999'),
    ],
)
def test_what_is_no_manifest_is_refused(content):
    with pytest.raises(ArtifactRefused):
        parse_manifest(content)


@pytest.mark.parametrize(
    "content",
    [
        changed() + b"\n",
        b" " + changed(),
        changed().replace(b'"base_rate":0.38', b'"base_rate":0.380'),
        changed().replace(b'"base_rate":0.38', b'"base_rate":0.5,"base_rate":0.38'),
        changed().replace(b"+00:00", b"Z"),
        json.dumps(json.loads(changed()), indent=1).encode(),
    ],
)
def test_other_spellings_of_the_same_manifest_are_refused(content):
    with pytest.raises(ArtifactRefused, match="is not canonical JSON"):
        parse_manifest(content)


def test_a_manifest_with_nan_is_not_written():
    with pytest.raises(ArtifactRefused, match="finite"):
        manifest_to_json(replace(make_manifest(), parameters={"x": math.nan}))


def test_the_digest_is_the_sha256_of_the_bytes():
    content = manifest_to_json(make_manifest())
    assert manifest_digest(content) == hashlib.sha256(content).hexdigest()


def test_a_version_is_named_by_its_time_in_utc_and_its_content():
    moment = datetime(2026, 1, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert version_name(moment, "1a2b3c4d" + "0" * 56) == "v20260101_120000_1a2b3c4d"


def test_the_content_digest_is_of_all_files_in_any_order():
    files = make_manifest().files
    digest = content_digest(files)
    assert len(digest) == 64
    assert content_digest(reversed(files)) == digest
    for change in ({"name": "other"}, {"sha256": "0" * 64}, {"size_bytes": 1}):
        assert content_digest([replace(files[0], **change), *files[1:]]) != digest
    assert content_digest(files[1:]) != digest
