"""A recommender as the files of a version: plain arrays and JSON, nothing of which is ever run."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused, InvalidInput
from core.recommend.arrays import read_arrays
from core.recommend.blending import Blend, Part
from core.recommend.content import ContentEncoder, Scale
from core.recommend.folding_in import FactorModel, Folding
from core.recommend.golden import check_golden
from core.recommend.links import ItemLinks
from core.recommend.model import ModelParts, RecommendationModel
from core.recommend.parts import LinkPart
from core.registry.fields import FieldReader, Problem
from core.registry.integrity import verify_files
from core.registry.manifest import parse_manifest
from core.version import (
    GOLDEN_FILE,
    MANIFEST_FILE,
    RECOMMENDATION,
    RECOMMENDATION_FILES,
    RECOMMENDER_BLEND_FILE,
    RECOMMENDER_FILE,
    RECOMMENDER_ITEMS_FILE,
)

FORMAT = 1
MOST_ITEMS = 200_000
MOST_JSON_BYTES = 32 * 2**20
WIDEST = 512
"""Of vectors: their covariances are as wide and as high."""
LARGEST = 1e6
"""Of what is multiplied: no product of two and no sum of many leaves single precision, whoever is recommended to. What
is learned stays far below."""
_WIDTHS = frozenset(["content", "directions", "factors"])
_PARTS = ("ease", "transitions", "factors", "content")
_BLEND = {*_PARTS, "popularity", "preference_power", "folding", "idf", "scales", "format"}
_EMPTY = np.zeros((0, 0), dtype=np.float32)


def model_files(parts: ModelParts) -> dict[str, bytes]:
    """Return the files of a model but for the golden ones and the manifest. The same model gives the same files."""
    arrays: dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int32]] = {
        "content": parts.content,
        "directions": parts.encoder.directions,
        "popularity": parts.popularity,
    }
    if parts.factors is not None:
        arrays["factors"] = parts.factors.vectors
    for name, part in (("ease", parts.ease), ("transitions", parts.transitions)):
        if part is not None:
            arrays[f"{name}_values"] = part.links.values
            arrays[f"{name}_members"] = part.members.astype(np.int32)
            if part.links.targets is not None:
                arrays[f"{name}_targets"] = part.links.targets
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.ascontiguousarray(array) for name, array in arrays.items()})
    return {
        RECOMMENDER_FILE: buffer.getvalue(),
        RECOMMENDER_ITEMS_FILE: _json({"item_ids": list(parts.item_ids)}),
        RECOMMENDER_BLEND_FILE: _json(_described(parts)),
    }


def read_model(files: Mapping[str, bytes]) -> RecommendationModel:
    """Return the model in the files of a version, proven to score its golden histories as it did when it was fitted.

    Args:
        files: Name to content, ``manifest.json`` among them.

    Raises:
        ArtifactRefused: If a file is missing, damaged, too large or not what the manifest says, or if the scores are
            not those of the golden file.
    """
    if MANIFEST_FILE not in files:
        raise ArtifactRefused(MANIFEST_FILE, "is missing")
    manifest = parse_manifest(files[MANIFEST_FILE])
    if manifest.kind != RECOMMENDATION:
        raise ArtifactRefused(MANIFEST_FILE, f"is not of the kind {RECOMMENDATION}")
    verify_files(manifest, files)
    if files.keys() != {MANIFEST_FILE, *RECOMMENDATION_FILES}:
        raise ArtifactRefused(MANIFEST_FILE, "must list the files of a recommender and nothing else")
    try:
        model = RecommendationModel(read_parts(files))
        check_golden(model, _loaded(files, GOLDEN_FILE))
    except np.linalg.LinAlgError as wrong:
        raise ArtifactRefused(RECOMMENDER_FILE, "holds factors that no lead can be folded into") from wrong
    return model


def read_parts(files: Mapping[str, bytes]) -> ModelParts:
    """Return what was learned, from the files of :func:`model_files`.

    Raises:
        ArtifactRefused: If they are damaged, too large or do not fit each other.
    """
    item_ids = _item_ids(files)
    arrays = read_arrays(files[RECOMMENDER_FILE], RECOMMENDER_FILE)
    try:
        return _parts(item_ids, arrays, _loaded(files, RECOMMENDER_BLEND_FILE))
    except Problem as wrong:
        raise ArtifactRefused(RECOMMENDER_BLEND_FILE, str(wrong)) from wrong
    except InvalidInput as wrong:
        raise ArtifactRefused(RECOMMENDER_FILE, str(wrong)) from wrong


def _described(parts: ModelParts) -> dict[str, object]:
    blend = parts.blend
    return {
        "format": FORMAT,
        **{name: asdict(getattr(blend, name)) for name in _PARTS},
        "popularity": blend.popularity,
        "preference_power": blend.preference_power,
        "folding": None if parts.factors is None else asdict(parts.factors.folding),
        "idf": list(parts.encoder.idf.items()),
        "scales": [{"name": name, **asdict(scale)} for name, scale in parts.encoder.scales.items()],
    }


def _parts(item_ids: tuple[str, ...], arrays: Mapping[str, npt.NDArray[np.generic]], content: object) -> ModelParts:
    reader = FieldReader(content, "blend", _BLEND)
    if reader.count("format") != FORMAT:
        raise Problem(f"blend.format must be {FORMAT}")
    taker = _Taker(arrays, len(item_ids))
    encoder = _encoder(reader, taker.matrix("directions"))
    parts = ModelParts(
        item_ids=item_ids,
        blend=_blend(content, reader),
        ease=taker.link("ease"),
        transitions=taker.link("transitions"),
        factors=_factors(content, taker),
        encoder=encoder,
        content=taker.matrix("content"),
        popularity=taker.vector("popularity"),
    )
    taker.check_empty()
    return parts


class _Taker:
    """Takes arrays by name, checked."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]], count: int) -> None:
        self._arrays = dict(arrays)
        self._count = count

    def matrix(self, name: str) -> npt.NDArray[np.float32]:
        return self._singles(name, 2)

    def vector(self, name: str) -> npt.NDArray[np.float32]:
        return self._singles(name, 1)

    def link(self, name: str) -> LinkPart | None:
        if f"{name}_values" not in self._arrays:
            return None
        values = self.matrix(f"{name}_values")
        rows = values.shape[0]
        members = self._whole(f"{name}_members", (rows,), self._count)
        if np.unique(members).size != rows:
            raise Problem(f"{name}_members must not repeat")
        targets = None
        if f"{name}_targets" in self._arrays:
            targets = self._whole(f"{name}_targets", values.shape, rows)
        elif values.shape[1] != rows:
            raise Problem(f"{name}_values must be square")
        links = ItemLinks(values=values, targets=targets)
        return LinkPart.of(links, members.astype(np.intp), self._count)

    def check_empty(self) -> None:
        if self._arrays:
            raise Problem(f"the array {min(self._arrays)[:100]!r} is not known")

    def _singles(self, name: str, dimensions: int) -> npt.NDArray[np.float32]:
        array = self._arrays.pop(name, _EMPTY if dimensions == _EMPTY.ndim else None)
        if array is None or array.dtype != np.float32 or array.ndim != dimensions or not _is_finite(array):
            raise Problem(f"the array {name} must be float32, finite, of {dimensions} dimensions")
        if array.size and max(float(array.max()), -float(array.min())) > LARGEST:
            raise Problem(f"the array {name} must be within -{LARGEST:,.0f} to {LARGEST:,.0f}")
        if name in _WIDTHS and array.shape[1] > WIDEST:
            raise Problem(f"the array {name} must be at most {WIDEST} wide")
        return np.ascontiguousarray(array, dtype=np.float32)

    def _whole(self, name: str, shape: tuple[int, ...], limit: int) -> npt.NDArray[np.int32]:
        array = self._arrays.pop(name, None)
        if array is None or array.dtype != np.int32 or array.shape != shape:
            raise Problem(f"the array {name} must be int32 of the shape {shape}")
        whole = np.ascontiguousarray(array, dtype=np.int32)
        if whole.size and (int(whole.min()) < 0 or int(whole.max()) >= limit):
            raise Problem(f"the array {name} must hold positions")
        return whole


def _blend(content: object, reader: FieldReader) -> Blend:
    if not isinstance(content, dict):
        raise Problem("blend must be an object")
    parts = {}
    for name in _PARTS:
        part = FieldReader(content[name], name, {"weight", "recency"})
        parts[name] = Part(weight=_positive(part, "weight"), recency=_positive(part, "recency"))
    power = reader.share("preference_power")
    return Blend(**parts, popularity=_positive(reader, "popularity"), preference_power=power)


def _factors(content: object, taker: _Taker) -> FactorModel | None:
    described = content["folding"] if isinstance(content, dict) else None
    if described is None:
        return None
    reader = FieldReader(described, "folding", {"regularization", "alpha", "confident"})
    folding = Folding(
        regularization=_positive(reader, "regularization"),
        alpha=_positive(reader, "alpha"),
        confident=reader.flag("confident"),
    )
    if folding.regularization <= 0.0:
        raise Problem("folding.regularization must be above 0")
    return FactorModel.of(taker.matrix("factors"), folding)


def _encoder(reader: FieldReader, directions: npt.NDArray[np.float32]) -> ContentEncoder:
    idf: dict[str, float] = {}
    for entry in reader.rows("idf"):
        if not isinstance(entry, list) or len(entry) != len(("term", "idf")):
            raise Problem("blend.idf must hold pairs")
        term, value = entry
        pair = FieldReader({"term": term, "idf": value}, "idf", {"term", "idf"})
        idf[pair.text("term")] = _positive(pair, "idf")
    if len(idf) != len(directions):
        raise Problem("blend.idf must have one entry for each direction's row")
    scales: dict[str, Scale] = {}
    for row in reader.rows("scales"):
        scale = FieldReader(row, "scales", {"name", "mean", "deviation"})
        deviation = scale.number("deviation")
        if deviation <= 0.0:
            raise Problem("a deviation must be above 0")
        scales[scale.text("name")] = Scale(mean=scale.number("mean"), deviation=deviation)
    return ContentEncoder(idf=idf, scales=scales, directions=directions)


def _positive(reader: FieldReader, name: str) -> float:
    value = reader.number(name)
    if not 0.0 <= value <= LARGEST:
        raise Problem(f"{name} must be 0 to {LARGEST:,.0f}")
    return value


def _item_ids(files: Mapping[str, bytes]) -> tuple[str, ...]:
    try:
        reader = FieldReader(_loaded(files, RECOMMENDER_ITEMS_FILE), "items", {"item_ids"})
        item_ids = reader.rows("item_ids")
    except Problem as wrong:
        raise ArtifactRefused(RECOMMENDER_ITEMS_FILE, str(wrong)) from wrong
    if len(item_ids) > MOST_ITEMS or not all(isinstance(item_id, str) and item_id for item_id in item_ids):
        raise ArtifactRefused(RECOMMENDER_ITEMS_FILE, f"must hold at most {MOST_ITEMS:,} ids")
    return tuple(str(item_id) for item_id in item_ids)


def _loaded(files: Mapping[str, bytes], name: str) -> object:
    content = files[name]
    if len(content) > MOST_JSON_BYTES:
        raise ArtifactRefused(name, f"is larger than {MOST_JSON_BYTES:,} bytes")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as wrong:
        raise ArtifactRefused(name, "is not JSON") from wrong


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


def _is_finite(array: npt.NDArray[np.generic]) -> bool:
    return bool(np.isfinite(array).all())
