"""A ranker as the files of a version: a graph and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from core.actions.ranker_features import FieldEncoding, RankerField, Singles, width_of
from core.actions.ranker_model import OpenGraph, RankedAction, RankerModel, RankerParts
from core.errors import ArtifactRefused, InvalidInput
from core.registry.fields import FieldReader, Problem
from core.registry.integrity import verify_files
from core.registry.manifest import parse_manifest
from core.version import GOLDEN_FILE, MANIFEST_FILE, MODEL_FILE, NEXT_ACTION, RANKER_FILE, RANKER_FILES

FORMAT = 1
MOST_ACTIONS = 1_000
MOST_FIELDS = 200
WIDEST = 2_000
MOST_LEVELS = 100
MOST_GOLDEN = 20
TOLERANCE = 1e-4
_FIELDS = {"format", "fields", "actions", "baseline", "is_personal"}


def parts_content(parts: RankerParts) -> bytes:
    """Return ``ranker.json``. The same parts give the same bytes."""
    return _json(
        {
            "format": FORMAT,
            "fields": [
                {
                    "name": field.name,
                    "kind": field.kind.value,
                    "mean": field.mean,
                    "scale": field.scale,
                    "levels": list(field.levels),
                }
                for field in parts.fields
            ],
            "actions": [{"action_id": one.action_id, "evidence_count": one.evidence_count} for one in parts.actions],
            "baseline": parts.baseline,
            "is_personal": parts.is_personal,
        }
    )


def golden_content(features: Singles, outputs: Sequence[Singles]) -> bytes:
    """Return ``golden.json``: made-up leads, (n, width), and what the graph said of them; no lead's own facts."""
    rows = [
        {"features": [float(one) for one in row], "outputs": [[float(value) for value in out[at]] for out in outputs]}
        for at, row in enumerate(features[:MOST_GOLDEN])
    ]
    return _json({"rows": rows})


def read_ranker(files: Mapping[str, bytes], open_graph: OpenGraph) -> RankerModel:
    """Return the ranker that verified files make, which says of the golden leads what it said when it was fitted.

    Args:
        files: Name to content, with the manifest.
        open_graph: Opens the graph.

    Raises:
        ArtifactRefused: If they are damaged, too large or do not fit each other.
    """
    manifest = parse_manifest(files[MANIFEST_FILE])
    verify_files(manifest, files)
    if manifest.kind != NEXT_ACTION or set(files) != {MANIFEST_FILE, *RANKER_FILES}:
        raise ArtifactRefused(MANIFEST_FILE, "must list the files of a ranker and nothing else")
    try:
        parts = _parts(_loaded(files, RANKER_FILE))
    except (Problem, InvalidInput) as wrong:
        raise ArtifactRefused(RANKER_FILE, str(wrong)) from wrong
    graph = open_graph(files[MODEL_FILE], width_of(parts.fields), len(parts.actions))
    model = RankerModel(manifest.version, parts, graph)
    try:
        _check_golden(model, _loaded(files, GOLDEN_FILE))
    except Problem as wrong:
        raise ArtifactRefused(GOLDEN_FILE, str(wrong)) from wrong
    return model


def _parts(content: object) -> RankerParts:
    reader = FieldReader(content, "ranker", _FIELDS)
    if reader.count("format") != FORMAT:
        raise Problem(f"ranker.format must be {FORMAT}")
    fields = tuple(_field(row) for row in _bounded(reader, "fields", 0, MOST_FIELDS))
    actions = tuple(_action(row) for row in _bounded(reader, "actions", 1, MOST_ACTIONS))
    names = [one.action_id for one in actions]
    baseline = reader.text("baseline")
    if len(set(names)) < len(names) or width_of(fields) > WIDEST or baseline not in {"", *names}:
        raise Problem(f"ranker must name each action once, the baseline among them, and see at most {WIDEST} numbers")
    return RankerParts(fields=fields, actions=actions, baseline=baseline, is_personal=reader.flag("is_personal"))


def _bounded(reader: FieldReader, name: str, fewest: int, most: int) -> Sequence[object]:
    rows = reader.rows(name)
    if not fewest <= len(rows) <= most:
        raise Problem(f"ranker.{name} must be {fewest} to {most}")
    return rows


def _field(row: object) -> FieldEncoding:
    reader = FieldReader(row, "fields", {"name", "kind", "mean", "scale", "levels"})
    levels = reader.rows("levels")
    if len(levels) > MOST_LEVELS or not all(isinstance(level, str) for level in levels):
        raise Problem(f"fields.levels must be at most {MOST_LEVELS} texts")
    kind = reader.text("kind")
    if kind not in {one.value for one in RankerField}:
        raise Problem("fields.kind must be number, flag or text")
    return FieldEncoding(
        name=reader.text("name"),
        kind=RankerField(kind),
        mean=reader.number("mean"),
        scale=reader.number("scale"),
        levels=tuple(str(level) for level in levels),
    )


def _action(row: object) -> RankedAction:
    reader = FieldReader(row, "actions", {"action_id", "evidence_count"})
    return RankedAction(action_id=reader.text("action_id"), evidence_count=reader.count("evidence_count"))


def _check_golden(model: RankerModel, content: object) -> None:
    rows = FieldReader(content, "golden", {"rows"}).rows("rows")
    if not 1 <= len(rows) <= MOST_GOLDEN:
        raise Problem(f"golden.rows must be 1 to {MOST_GOLDEN}")
    width, actions = width_of(model.parts.fields), len(model.parts.actions)
    for number, row in enumerate(rows):
        place = f"rows[{number}]"
        reader = FieldReader(row, place, {"features", "outputs"})
        features = np.array([reader.numbers("features", width)], dtype=np.float32)
        expected = np.array(_outputs(reader, place, actions))
        said = np.array([output[0] for output in model.run(features)])
        if not np.allclose(said, expected, rtol=TOLERANCE, atol=TOLERANCE):
            raise Problem(f"{place}: what the graph says differs by up to {float(np.abs(said - expected).max()):.2g}")


def _outputs(reader: FieldReader, place: str, actions: int) -> list[list[float]]:
    rows = reader.rows("outputs")
    if len(rows) != 3:  # noqa: PLR2004  propensity, uplift, variance
        raise Problem(f"{place}.outputs must be three rows")
    return [list(FieldReader({"row": row}, place, {"row"}).numbers("row", actions)) for row in rows]


def _loaded(files: Mapping[str, bytes], name: str) -> object:
    try:
        return json.loads(files[name])
    except (ValueError, RecursionError) as wrong:
        raise ArtifactRefused(name, "is not JSON") from wrong


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")
