"""Small heads for tests that serve: linear graphs with weights that are given, as real files of versions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from core.adapters.head_graph import OnnxHeadGraph
from core.conversation.heads.artifact import HeadParts, head_files
from core.conversation.heads.inputs import OF_ENCODER, OUTPUT, SHAPE, SHAPE_WIDTH, TERMS, VECTORS
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES, MULTI_LABEL
from core.conversation.terms import Vectorizer
from core.registry.manifest import content_digest, manifest_to_json, version_name
from core.version import HEAD_FILE, MANIFEST_FILE, SENTIMENT, FileDigest, Manifest

TEXTS = (
    "I want to buy the house today",
    "the house is too expensive for us",
    "thanks a lot, the agent was great",
    "I am very unhappy with the agent",
    "is the house still there",
    "we want to see the house today",
)
VECTORIZER = Vectorizer.fit(TEXTS)
ENCODER = "counting-letters-1"
_WIDTHS = {**dict.fromkeys((VECTORS, "agent_vectors"), 384), SHAPE: SHAPE_WIDTH}


def linear_graph(
    kind: str,
    inputs: Sequence[str],
    seed: int = 0,
    *,
    bias: Sequence[float] | None = None,
    scale: float = 1.0,
    terms: int = VECTORIZER.size,
) -> bytes:
    """Return an ONNX graph: all inputs side by side, times random weights, through a sigmoid or softmax."""
    classes = len(CLASSES[kind])
    random = np.random.default_rng(seed)
    width = sum(_WIDTHS.get(name, terms) for name in inputs)
    weights = (scale * random.normal(size=(width, classes))).astype(np.float32)
    offsets = np.zeros(classes, dtype=np.float32) if bias is None else np.array(bias, dtype=np.float32)
    nodes = [
        helper.make_node("Concat", list(inputs), ["all"], axis=1),
        helper.make_node("Gemm", ["all", "weights", "offsets"], ["logits"]),
        helper.make_node("Sigmoid" if kind in MULTI_LABEL else "Softmax", ["logits"], [OUTPUT]),
    ]
    graph = helper.make_graph(
        nodes,
        "head",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", _WIDTHS.get(name, terms)]) for name in inputs],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(offsets, "offsets")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def letter_vectors(texts: Sequence[str]) -> np.ndarray:
    """Return vectors that count code points: what the encoder of these tests makes."""
    rows = np.zeros((len(texts), 384), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for letter in text:
            row[ord(letter) % 384] += 1.0
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


class LetterEncoder:
    """An encoder that counts code points, and how often it was asked."""

    name = ENCODER

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded.extend(texts)
        return letter_vectors(texts)


def small_head(
    kind: str = SENTIMENT,
    *,
    inputs: Sequence[str] = (TERMS, SHAPE),
    seed: int = 0,
    plain: bool = False,
    bias: Sequence[float] | None = None,
    scale: float = 1.0,
    encoder: str = ENCODER,
    vectorizer: Vectorizer = VECTORIZER,
) -> dict[str, bytes]:
    """Return the files of a version, manifest and all."""
    needs_encoder = not OF_ENCODER.isdisjoint(inputs)
    classes = len(CLASSES[kind])
    parts = HeadParts(
        kind=kind,
        graph=linear_graph(kind, inputs, seed, bias=bias, scale=scale, terms=vectorizer.size),
        inputs=tuple(inputs),
        thresholds=(0.5,) * classes,
        encoder=encoder if needs_encoder else "",
        vectorizer=vectorizer if plain or TERMS in inputs else None,
    )
    if plain:
        parts = replace(
            parts,
            plain_graph=linear_graph(kind, (TERMS, SHAPE), seed + 1, bias=bias, scale=scale, terms=vectorizer.size),
            plain_inputs=(TERMS, SHAPE),
            plain_thresholds=(0.4,) * classes,
            term_weights=np.ones((vectorizer.size, classes), dtype=np.float32),
        )
    golden = [Turn(text) for text in TEXTS] + [Turn("yes please", "shall we meet today?")]
    files = head_files(parts, golden, letter_vectors if needs_encoder else None, OnnxHeadGraph)
    return with_manifest(files, kind)


def with_manifest(files: Mapping[str, bytes], kind: str, day: int = 1) -> dict[str, bytes]:
    """Return files with a manifest that lists them."""
    digests = tuple(
        FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for name, content in sorted(files.items())
    )
    made = datetime(2026, 7, day, 12, tzinfo=UTC)
    manifest = Manifest(
        kind=kind,
        version=version_name(made, content_digest(digests)),
        feature_set_hash="",
        feature_count=0,
        training_sample_count=len(TEXTS),
        base_rate=0.5,
        training_start_time=None,
        training_end_time=None,
        data_fingerprint="",
        code_version="test",
        threshold=0.5,
        metrics=(),
        parameters={},
        parents=(),
        create_time=made,
        files=digests,
    )
    return {**files, MANIFEST_FILE: manifest_to_json(manifest)}


def unreadable_head(kind: str = SENTIMENT) -> dict[str, bytes]:
    """Return the files of a version whose manifest is right and whose description is not JSON."""
    files = {name: content for name, content in small_head(kind).items() if name != MANIFEST_FILE}
    return with_manifest({**files, HEAD_FILE: b"{"}, kind)
