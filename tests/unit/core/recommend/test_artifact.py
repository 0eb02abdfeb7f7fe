"""Files of a recommender: read back to the same model, or refused."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile

import numpy as np
import pytest

from core.adapters.admission import admit
from core.errors import ArtifactRefused
from core.recommend.artifact import model_files, read_model, read_parts
from core.recommend.golden import golden_content
from core.recommend.model import RecommendationModel
from core.registry.manifest import content_digest, manifest_to_json, version_name
from core.version import GOLDEN_FILE, MANIFEST_FILE, RECOMMENDATION, FileDigest
from tests.parts.recommenders import made_up_parts, viewed
from tests.parts.versions import CREATE_TIME, make_manifest

ARRAYS, BLEND, ITEMS = "recommender.npz", "blend.json", "items.json"
HISTORY = viewed("loft-03", "villa-07", "barn-11")


@pytest.fixture(params=[False, True], ids=["complete rows", "short rows"])
def files(request) -> dict[str, bytes]:
    return files_of(short_rows=request.param)


def files_of(*, short_rows: bool) -> dict[str, bytes]:
    parts = made_up_parts(short_rows=short_rows)
    found = model_files(parts)
    found[GOLDEN_FILE] = golden_content(RecommendationModel(parts), [HISTORY])
    return signed(found)


def signed(files: dict[str, bytes]) -> dict[str, bytes]:
    digests = tuple(
        FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for name, content in sorted(files.items())
        if name != MANIFEST_FILE
    )
    name = version_name(CREATE_TIME, content_digest(digests))
    manifest = dataclasses.replace(make_manifest(), kind=RECOMMENDATION, version=name, files=digests)
    return {**files, MANIFEST_FILE: manifest_to_json(manifest)}


def with_arrays(files: dict[str, bytes], **changed) -> dict[str, bytes]:
    with np.load(io.BytesIO(files[ARRAYS]), allow_pickle=False) as loaded:
        arrays = {name: loaded[name] for name in loaded.files}
    arrays = {name: value for name, value in {**arrays, **changed}.items() if value is not None}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return signed({**files, ARRAYS: buffer.getvalue()})


def with_blend(files: dict[str, bytes], **changed) -> dict[str, bytes]:
    return signed({**files, BLEND: json.dumps({**json.loads(files[BLEND]), **changed}).encode()})


def test_what_is_read_scores_and_explains_as_what_was_written(files):
    model = read_model(files)
    written = RecommendationModel(made_up_parts(short_rows=model.parts.ease.links.targets is not None))

    assert model.item_ids == written.item_ids
    assert np.array_equal(model.scores(HISTORY, 2**60), written.scores(HISTORY, 2**60))
    assert model.causes(HISTORY, 2**60, [1, 2]) == written.causes(HISTORY, 2**60, [1, 2])


def test_the_same_model_gives_the_same_files(files):
    again = model_files(read_parts(files))

    assert again == {name: files[name] for name in again}


def test_a_good_version_is_admitted(files):
    admit(files)


def test_a_model_that_scores_otherwise_is_refused(files):
    popularity = read_parts(files).popularity.copy()
    popularity[:] += 0.01

    with pytest.raises(ArtifactRefused, match=r"golden\.json.*differ"):
        admit(with_arrays(files, popularity=popularity))


@pytest.mark.parametrize(
    "changed",
    [
        {"content": None},
        {"popularity": None},
        {"factors": np.zeros((3, 8), dtype=np.float32)},
        {"factors": np.zeros((120, 600), dtype=np.float32)},
        {"popularity": np.full(120, np.nan, dtype=np.float32)},
        {"popularity": np.zeros(120)},
        {"ease_members": np.zeros(120, dtype=np.int32)},
        {"ease_members": np.arange(1, 121, dtype=np.int32)},
        {"ease_values": np.zeros((120, 3), dtype=np.float32)},
        {"other": np.zeros(3, dtype=np.float32)},
        {"content": np.asfortranarray(np.zeros((120, 16), dtype=np.float32))},
        {"content": np.array([["a"]])},
    ],
)
def test_arrays_that_do_not_fit_are_refused(changed):
    with pytest.raises(ArtifactRefused):
        admit(with_arrays(files_of(short_rows=False), **changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"format": 2},
        {"preference_power": 1.5},
        {"popularity": -1.0},
        {"ease": {"weight": -1.0, "recency": 0.0}},
        {"ease": None},
        {"folding": {"regularization": 0.0, "alpha": 1.0, "confident": True}},
        {"folding": None},
        {"idf": []},
        {"idf": ["word"]},
        {"scales": [{"name": "price", "mean": 0.0, "deviation": 0.0}]},
        {"extra": 1},
    ],
)
def test_a_blend_that_is_not_one_is_refused(changed):
    with pytest.raises(ArtifactRefused):
        admit(with_blend(files_of(short_rows=False), **changed))


PROVES_NOTHING = json.dumps({"histories": [{"history": [], "positions": [], "scores": []}]}).encode()


@pytest.mark.parametrize("name", ["content", "directions", "popularity", "ease_values"])
def test_numbers_that_leave_no_room_to_add_up_are_refused_whatever_the_golden_file_asks(name):
    files = {**files_of(short_rows=False), GOLDEN_FILE: PROVES_NOTHING}
    with np.load(io.BytesIO(files[ARRAYS]), allow_pickle=False) as loaded:
        huge = np.full_like(loaded[name], -3e38)

    admit(signed(files))
    with pytest.raises(ArtifactRefused, match=name):
        admit(with_arrays(files, **{name: huge}))


@pytest.mark.parametrize("name", ["idf", "ease", "popularity", "folding"])
def test_factors_that_leave_no_room_to_add_up_are_refused_whatever_the_golden_file_asks(name):
    files = {**files_of(short_rows=False), GOLDEN_FILE: PROVES_NOTHING}
    blend = json.loads(files[BLEND])
    huge = {
        "idf": [[term, 1e300] for term, _ in blend["idf"]],
        "ease": {"weight": 1e300, "recency": 0.0},
        "popularity": 1e300,
        "folding": {"regularization": 1e300, "alpha": 1.0, "confident": True},
    }
    with pytest.raises(ArtifactRefused, match=r"blend\.json"):
        admit(with_blend(files, **{name: huge[name]}))


@pytest.mark.parametrize("content", [b"", b"PK", b"[" * 100_000, b'{"item_ids": [1]}', b'{"item_ids": ["a", "a"]}'])
def test_ids_that_are_none_are_refused(content):
    with pytest.raises(ArtifactRefused):
        admit(signed({**files_of(short_rows=False), ITEMS: content}))


def test_pickles_and_compressed_arrays_are_refused():
    files = files_of(short_rows=False)
    objects, packed = io.BytesIO(), io.BytesIO()
    np.savez(objects, allow_pickle=True, content=np.array([{"a": 1}], dtype=object))
    np.savez_compressed(packed, content=np.zeros((120, 16), dtype=np.float32))

    for content in (objects.getvalue(), packed.getvalue(), b"", b"not a zip"):
        with pytest.raises(ArtifactRefused, match=r"recommender\.npz"):
            admit(signed({**files, ARRAYS: content}))


def test_a_header_that_asks_for_more_than_there_is_is_refused():
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (2**40, 2**10)}
    np.lib.format.write_array_header_1_0(header, shape)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("content.npy", header.getvalue())

    with pytest.raises(ArtifactRefused):
        admit(signed({**files_of(short_rows=False), ARRAYS: buffer.getvalue()}))


@pytest.mark.parametrize(
    "content",
    [
        {"histories": []},
        {"histories": [{}]},
        {"histories": [{"history": [["loft-01"]], "positions": [], "scores": []}]},
        {"histories": [{"history": [], "positions": [999], "scores": [0.0]}]},
        {"histories": [{"history": [], "positions": [1], "scores": []}]},
        {"other": []},
    ],
)
def test_a_golden_file_that_proves_nothing_is_refused(content):
    files = {**files_of(short_rows=False), GOLDEN_FILE: json.dumps(content).encode()}

    with pytest.raises(ArtifactRefused, match=r"golden\.json"):
        admit(signed(files))


def test_files_of_another_kind_or_one_too_many_are_refused(files):
    other = signed({**files, "more.json": b"{}"})
    with pytest.raises(ArtifactRefused, match="nothing else"):
        read_model(other)
    with pytest.raises(ArtifactRefused, match="missing"):
        read_model({name: content for name, content in files.items() if name != MANIFEST_FILE})
