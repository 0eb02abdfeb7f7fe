"""A head as the files of a version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np

from core.conversation.encoder import WIDTH
from core.conversation.heads.golden import check_golden, golden_content
from core.conversation.heads.graph import HeadGraph, MakeGraph, Singles
from core.conversation.heads.inputs import INPUTS, OF_ENCODER, OF_TERMS, SHAPE, SHAPE_WIDTH, VectorsOf
from core.conversation.heads.model import HeadModel
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES
from core.conversation.terms import Vectorizer
from core.errors import ArtifactRefused, InvalidInput
from core.registry.fields import FieldReader, Problem
from core.registry.integrity import verify_files
from core.registry.manifest import content_digest, parse_manifest
from core.scoring.arrays import arrays_from_bytes, arrays_to_bytes
from core.version import (
    GOLDEN_FILE,
    HEAD_FILE,
    HEAD_FILES,
    HEAD_KINDS,
    MANIFEST_FILE,
    MODEL_FILE,
    VECTORIZER_FILE,
)

FORMAT = 1
PLAIN_FILE = "without_encoder.onnx"
"""Stands in for the graph without the encoder: a graph over terms and shape."""
WEIGHTS_FILE = "weights.npz"
"""How much each term speaks for each class: the array ``weights``, float32 (terms, classes)."""
MOST_JSON_BYTES = 16 * 2**20
_FIELDS = {
    *("format", "kind", "classes", "thresholds", "inputs", "encoder", "without_encoder_inputs"),
    *("without_encoder_thresholds", "term_weights"),
}
_VECTORIZERS: WeakValueDictionary[bytes, Vectorizer] = WeakValueDictionary()
"""Those in use, by the digest of their file."""
_WIDTHS = {**dict.fromkeys(OF_ENCODER, WIDTH), SHAPE: SHAPE_WIDTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadParts:
    """What training made of one head."""

    kind: str
    graph: bytes
    """ONNX over ``inputs`` with the output ``probabilities``, float32 (n, classes)."""
    inputs: tuple[str, ...]
    thresholds: tuple[float, ...]
    encoder: str = ""
    """Name of the encoder; "" if no input is of it."""
    vectorizer: Vectorizer | None = None
    plain_graph: bytes | None = None
    plain_inputs: tuple[str, ...] = ()
    plain_thresholds: tuple[float, ...] = ()
    term_weights: Singles | None = None
    """float32 (terms, classes)."""


def head_files(
    parts: HeadParts, golden_turns: Sequence[Turn], vectors_of: VectorsOf | None, make_graph: MakeGraph
) -> dict[str, bytes]:
    """Return the files of a head but for the manifest. The same parts give the same files.

    Args:
        parts: The head.
        golden_turns: 1 to 32 invented turns that it must judge alike wherever it serves.
        vectors_of: Encodes them; None for a head that looks at no vectors.
        make_graph: Loads its graphs.

    Raises:
        ArtifactRefused: If the parts do not fit each other.
    """
    files = {MODEL_FILE: parts.graph, HEAD_FILE: _described(parts)}
    if parts.plain_graph is not None:
        files[PLAIN_FILE] = parts.plain_graph
    if parts.vectorizer is not None:
        files[VECTORIZER_FILE] = parts.vectorizer.to_bytes()
    if parts.term_weights is not None:
        files[WEIGHTS_FILE] = arrays_to_bytes({"weights": parts.term_weights.astype(np.float32)})
    model = _model(files, "", make_graph)
    return {**files, GOLDEN_FILE: golden_content(model, golden_turns, vectors_of)}


def content_of(manifest: bytes) -> str:
    """Return the SHA-256 over the files that a manifest lists: :attr:`HeadModel.content`."""
    return content_digest(parse_manifest(manifest).files)


def read_head(files: Mapping[str, bytes], make_graph: MakeGraph) -> HeadModel:
    """Return the head in the files of a version, proven to judge its golden turns as it did when it was fitted.

    Args:
        files: Name to content, ``manifest.json`` among them.
        make_graph: Loads its graphs.

    Raises:
        ArtifactRefused: If a file is missing, damaged, too large or not what the manifest says, or if the answers are
            not the golden ones.
    """
    if MANIFEST_FILE not in files:
        raise ArtifactRefused(MANIFEST_FILE, "is missing")
    manifest = parse_manifest(files[MANIFEST_FILE])
    if manifest.kind not in HEAD_KINDS:
        raise ArtifactRefused(MANIFEST_FILE, "is not of a kind that reads messages")
    verify_files(manifest, files)
    others = files.keys() - {MANIFEST_FILE, *HEAD_FILES, VECTORIZER_FILE, PLAIN_FILE, WEIGHTS_FILE}
    if others:
        raise ArtifactRefused(min(others)[:100], "is not a file of a head")
    model = _model(files, content_digest(manifest.files), make_graph)
    if model.kind != manifest.kind:
        raise ArtifactRefused(HEAD_FILE, "is of another kind than the manifest")
    check_golden(model, _loaded(files, GOLDEN_FILE))
    return model


def _model(files: Mapping[str, bytes], content: str, make_graph: MakeGraph) -> HeadModel:
    try:
        reader = FieldReader(_loaded(files, HEAD_FILE), "head", _FIELDS)
        model = _read(reader, files, content, make_graph)
        _check_widths(model.graph, model.inputs, model.vectorizer, MODEL_FILE)
        if model.plain_graph is not None:
            _check_widths(model.plain_graph, model.plain_inputs, model.vectorizer, PLAIN_FILE)
    except Problem as wrong:
        raise ArtifactRefused(HEAD_FILE, str(wrong)) from wrong
    return model


def _read(reader: FieldReader, files: Mapping[str, bytes], content: str, make_graph: MakeGraph) -> HeadModel:
    kind = reader.text("kind")
    if reader.count("format") != FORMAT or kind not in CLASSES or reader.rows("classes") != list(CLASSES[kind]):
        raise Problem(f"must be of format {FORMAT}, of a kind that reads messages, with the classes of that kind")
    inputs, encoder = _names(reader, "inputs"), reader.text("encoder")
    if bool(encoder) == OF_ENCODER.isdisjoint(inputs):
        raise Problem("head.encoder must name the encoder if an input is of it, and else be empty")
    plain = PLAIN_FILE in files
    plain_inputs = _names(reader, "without_encoder_inputs") if plain else ()
    if not OF_ENCODER.isdisjoint(plain_inputs):
        raise Problem("head.without_encoder_inputs must not be of the encoder")
    vectorizer = _vectorizer(files)
    if (vectorizer is None) != OF_TERMS.isdisjoint((*inputs, *plain_inputs)):
        raise Problem(f"{VECTORIZER_FILE} must be there if an input is of terms, and only then")
    return HeadModel(
        content=content,
        kind=kind,
        thresholds=_shares(reader, "thresholds", kind),
        inputs=inputs,
        graph=make_graph(MODEL_FILE, files[MODEL_FILE]),
        encoder=encoder,
        vectorizer=vectorizer,
        plain_graph=make_graph(PLAIN_FILE, files[PLAIN_FILE]) if plain else None,
        plain_thresholds=_shares(reader, "without_encoder_thresholds", kind) if plain else (),
        plain_inputs=plain_inputs,
        term_weights=_term_weights(reader, files, vectorizer, len(CLASSES[kind])),
    )


def _names(reader: FieldReader, name: str) -> tuple[str, ...]:
    found = reader.rows(name)
    names = tuple(known for known in INPUTS if known in found)
    if not names or len(names) != len(found):
        raise Problem(f"head.{name} must be some of {', '.join(INPUTS)}")
    return names


def _shares(reader: FieldReader, name: str, kind: str) -> tuple[float, ...]:
    shares = reader.numbers(name, len(CLASSES[kind]))
    if not all(0.0 <= share <= 1.0 for share in shares):
        raise Problem(f"head.{name} must be between 0 and 1")
    return shares


def _vectorizer(files: Mapping[str, bytes]) -> Vectorizer | None:
    if VECTORIZER_FILE not in files:
        return None
    # Heads that were fitted together share one: then each turn is taken apart once for all of them.
    digest = hashlib.sha256(files[VECTORIZER_FILE]).digest()
    found = _VECTORIZERS.get(digest)
    if found is None:
        found = _VECTORIZERS[digest] = _read_vectorizer(files)
    return found


def _read_vectorizer(files: Mapping[str, bytes]) -> Vectorizer:
    try:
        return Vectorizer.from_json(_loaded(files, VECTORIZER_FILE))
    except (InvalidInput, OverflowError) as wrong:
        raise ArtifactRefused(VECTORIZER_FILE, "is not a fitted vectorizer") from wrong


def _term_weights(
    reader: FieldReader, files: Mapping[str, bytes], vectorizer: Vectorizer | None, classes: int
) -> Singles | None:
    name = reader.text("term_weights")
    if (name, WEIGHTS_FILE in files) not in {("", False), (WEIGHTS_FILE, True)}:
        raise Problem(f"head.term_weights must be {WEIGHTS_FILE!r} if there is such a file, and else empty")
    if not name:
        return None
    weights = arrays_from_bytes(WEIGHTS_FILE, files[WEIGHTS_FILE]).get("weights")
    shape = (0 if vectorizer is None else vectorizer.size, classes)
    if weights is None or weights.dtype != np.float32 or weights.shape != shape or not np.isfinite(weights).all():
        raise ArtifactRefused(WEIGHTS_FILE, f"must hold weights, finite float32 of the shape {shape}")
    return weights


def _check_widths(graph: HeadGraph, names: Sequence[str], vectorizer: Vectorizer | None, file: str) -> None:
    if set(graph.widths) != set(names):
        raise ArtifactRefused(file, f"its inputs must be {', '.join(names)}")
    terms = 0 if vectorizer is None else vectorizer.size
    for name, width in graph.widths.items():
        if width != _WIDTHS.get(name, terms):
            raise ArtifactRefused(file, f"its input {name} must be {_WIDTHS.get(name, terms)} wide")


def _described(parts: HeadParts) -> bytes:
    content = {
        "format": FORMAT,
        "kind": parts.kind,
        "classes": list(CLASSES[parts.kind]),
        "thresholds": list(parts.thresholds),
        "inputs": [name for name in INPUTS if name in parts.inputs],
        "encoder": parts.encoder,
        "without_encoder_inputs": [name for name in INPUTS if name in parts.plain_inputs],
        "without_encoder_thresholds": list(parts.plain_thresholds),
        "term_weights": WEIGHTS_FILE if parts.term_weights is not None else "",
    }
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


def _loaded(files: Mapping[str, bytes], name: str) -> object:
    content = files.get(name, b"")
    if len(content) > MOST_JSON_BYTES:
        raise ArtifactRefused(name, f"is larger than {MOST_JSON_BYTES:,} bytes")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as wrong:
        raise ArtifactRefused(name, "is not JSON") from wrong
