"""``python -m tests.benchmarks.conversation.batching``: whether encoding the texts of several callers together helps.

In one process: callers in a closed loop, each with a text of its own, once straight to the encoder and once through a
queue that runs what waits as one batch. And how far a batch moves the vector of a text.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from random import Random

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from core.adapters.encoder_weights import TOKENIZER_FILE, TOKENIZER_PACKAGE, packaged, prepared_weights
from core.adapters.onnx_encoder import MOST_TOKENS
from core.adapters.onnx_predictor import one_thread
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.parts.encoder import ENCODER_DIR, real_encoder
from training.conversation.phrase_file import read_phrase_folder

SEED = 42
CALLERS, TEXTS_EACH, MOST_AT_ONCE = 32, 40, 16
_HEADER = ("callers", "way", "texts a second", "p50, ms", "p99, ms", "least cosine with the vector alone")
_INTRODUCTION = (
    "`python -m tests.benchmarks.conversation.batching --write`: texts of the corpus, in one process. Together: what "
    "waits is run as one batch of up to {most}, none waits for others to come. {facts}\n\nThe encoder computes with "
    "whole numbers that are scaled by the largest value of all that is multiplied at once. In a batch the vector of a "
    "text therefore depends on who else calls at that moment, and the same message would not get the same answer. "
    "That rules batching out whatever it gains; each text is encoded by itself."
)
Singles = npt.NDArray[np.float32]
Encode = Callable[[str], Singles]


class Together:
    """Encodes what waits as one batch, in a thread of its own."""

    def __init__(self) -> None:
        weights, tokenizer = prepared_weights(ENCODER_DIR), packaged(TOKENIZER_PACKAGE, TOKENIZER_FILE)
        if weights is None or tokenizer is None:
            raise SystemExit("the sentence encoder is not installed")
        self._session = onnxruntime.InferenceSession(weights, one_thread(), providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer.enable_padding()
        self._waiting: SimpleQueue[tuple[str, Future[Singles]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def encode(self, text: str) -> Singles:
        """Wait for one vector."""
        future: Future[Singles] = Future()
        self._waiting.put((text, future))
        return future.result()

    def batch(self, texts: Sequence[str]) -> Singles:
        """Return the vectors of a batch, (n, 384)."""
        found = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in found], dtype=np.int64)
        mask = np.array([one.attention_mask for one in found], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (states,) = self._session.run(["last_hidden_state"], inputs)
        sums = (states * mask[:, :, None]).sum(axis=1)
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), dtype=np.float32)

    def stop(self) -> None:
        """End."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            some = [first]
            while len(some) < MOST_AT_ONCE and not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    return
                some.append(more)
            for (_, future), vector in zip(some, self.batch([text for text, _ in some]), strict=True):
                future.set_result(vector)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.conversation.batching", description=__doc__)
    parser.add_argument("--write", action="store_true", help="Write the figures to docs/conversation.md.")
    parser.add_argument("--texts", type=int, default=TEXTS_EACH, help="Of each caller.")
    parsed = parser.parse_args(arguments)
    alone, together = real_encoder(), Together()
    if alone is None:
        raise SystemExit("the sentence encoder is not installed")
    rows = []
    for callers in (1, CALLERS):
        rows.append(_row(callers, "each text alone", lambda text: alone.encode([text])[0], parsed.texts, alone.encode))
        rows.append(_row(callers, "what waits together", together.encode, parsed.texts, alone.encode))
    together.stop()
    sys.stdout.write(f"{plain_table(_HEADER, rows)}\n")
    if parsed.write:
        text = _INTRODUCTION.format(most=MOST_AT_ONCE, facts=machine_facts())
        write_section("batching", f"{text}\n\n{markdown_table(_HEADER, rows)}", PAGE)
    return 0


def _row(
    callers: int, way: str, encode: Encode, count: int, reference: Callable[[Sequence[str]], Singles]
) -> list[str]:
    texts = [phrase.turn.text for phrase in read_phrase_folder()]
    texts = Random(SEED).sample(texts, min(len(texts), callers * count))
    milliseconds: list[float] = []
    vectors: dict[str, Singles] = {}

    def call(caller: int) -> None:
        for text in texts[caller::callers]:
            since = time.perf_counter()
            vectors[text] = encode(text)
            milliseconds.append((time.perf_counter() - since) * 1e3)

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(callers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    sample = list(vectors)[:200]
    cosines = (np.stack([vectors[text] for text in sample]) * reference(sample)).sum(axis=1)
    p50, p99 = np.quantile(milliseconds, [0.5, 0.99])
    return [
        str(callers),
        way,
        f"{len(milliseconds) / seconds:,.0f}",
        f"{p50:.1f}",
        f"{p99:.1f}",
        f"{cosines.min():.4f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
