"""The throw-away process of :mod:`core.adapters.admission`: files from standard input, a status as the answer."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import BinaryIO

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from core.actions.ranker_artifact import read_ranker
from core.actions.ranker_model import ALLOWED_OPERATORS as RANKER_OPERATORS
from core.adapters.head_graph import OnnxHeadGraph
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.onnx_ranker import OnnxRanker
from core.conversation.encoder import WIDTH
from core.conversation.heads.artifact import PLAIN_FILE, read_head
from core.conversation.heads.graph import ALLOWED_OPERATORS as HEAD_OPERATORS
from core.conversation.heads.inputs import HeadInputs
from core.conversation.heads.turn import Turn
from core.errors import ArtifactRefused
from core.registry.manifest import manifest_digest, parse_manifest
from core.scoring.graph import ALLOWED_OPERATORS
from core.scoring.loading import load_model
from core.version import HEAD_KINDS, MANIFEST_FILE, MODEL_FILE, NEXT_ACTION, ModelVersion, VersionState

MEMORY_LIMIT_BYTES = 2 * 2**30
"""Of address space: what the runtime reserves counts, not only what it uses."""
CPU_LIMIT_SECONDS = 15
TIMED_TURNS = 32
HEAD_CPU_SECONDS = 1.0
"""For a head to read as many turns: a hundred times what a linear one takes."""


def read_files(stream: BinaryIO) -> dict[str, bytes]:
    """Read what the parent wrote: a length, a header of names and sizes, the contents."""
    header = json.loads(stream.read(int.from_bytes(stream.read(8), "big")))
    return {name: stream.read(size) for name, size in header}


def check_graph(model: bytes, allowed: Collection[tuple[str, str]] = ALLOWED_OPERATORS) -> None:
    """Refuse a graph with data outside the file, an operator that is not needed, or a graph within.

    Raises:
        ArtifactRefused: Says which.
    """
    try:
        parsed = onnx.ModelProto.FromString(model)
    except DecodeError as problem:
        raise ArtifactRefused(MODEL_FILE, "is not an ONNX model") from problem
    if parsed.functions or parsed.training_info or parsed.graph.sparse_initializer:
        raise ArtifactRefused(MODEL_FILE, "must hold one plain graph")
    for tensor in _tensors(parsed.graph):
        if tensor.external_data or tensor.data_location != onnx.TensorProto.DEFAULT:
            raise ArtifactRefused(MODEL_FILE, "must not refer to data outside itself")
    for node in parsed.graph.node:
        domain = "" if node.domain == "ai.onnx" else node.domain
        if (domain, node.op_type) not in allowed:
            raise ArtifactRefused(MODEL_FILE, f"operator {node.op_type!r} is not allowed")
        if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
            raise ArtifactRefused(MODEL_FILE, "must not hold graphs within nodes")


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def check_files(files: dict[str, bytes]) -> None:
    """Check the graph, then load the whole version as a server would.

    Raises:
        ArtifactRefused: If it must not serve.
    """
    content = files[MANIFEST_FILE]
    if parse_manifest(content).kind == NEXT_ACTION:
        check_graph(files[MODEL_FILE], RANKER_OPERATORS)
        read_ranker(files, OnnxRanker)
        return
    if parse_manifest(content).kind in HEAD_KINDS:
        check_head(files)
        return
    check_graph(files[MODEL_FILE])
    version = ModelVersion(
        manifest=parse_manifest(content),
        digest=manifest_digest(content),
        state=VersionState.REGISTERED,
        created_by="admission",
        create_time=datetime.now(UTC),
    )
    load_model(version, files, OnnxPredictor)


def check_head(files: dict[str, bytes]) -> None:
    """Check the graphs of a head, load it as a server would, and see how long it takes.

    Raises:
        ArtifactRefused: If it must not serve.
    """
    for name in (MODEL_FILE, PLAIN_FILE):
        if name in files:
            check_graph(files[name], HEAD_OPERATORS)
    model = read_head(files, OnnxHeadGraph)
    zeros = HeadInputs([Turn("word", "word")] * TIMED_TURNS, lambda texts: np.zeros((len(texts), WIDTH), np.float32))
    begun = time.process_time()
    model.read(zeros)
    if time.process_time() - begun > HEAD_CPU_SECONDS:
        raise ArtifactRefused(MODEL_FILE, f"takes more than {HEAD_CPU_SECONDS} s for {TIMED_TURNS} turns")


def main() -> int:
    """Check what comes in; 0 if it may serve, 1 with the reason on standard output if not."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_SECONDS, CPU_LIMIT_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    try:
        check_files(read_files(sys.stdin.buffer))
    except ArtifactRefused as refused:
        problem = refused.message.removeprefix(f"{refused.metadata['file']}: ")
        json.dump({"file": refused.metadata["file"], "problem": problem}, sys.stdout)
        return 1
    except MemoryError:
        json.dump({"file": MODEL_FILE, "problem": "needs too much memory"}, sys.stdout)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
