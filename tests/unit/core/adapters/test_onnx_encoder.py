import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import deadline
from core.adapters.encoder_loading import try_out
from core.adapters.encoder_weights import TOKENIZER_FILE, TOKENIZER_PACKAGE, packaged
from core.adapters.onnx_encoder import OnnxEncoder
from core.errors import ArtifactRefused, DeadlineSpent
from tests.parts.encoder import real_encoder

pytest.importorskip("tokenizers")
pytestmark = pytest.mark.skipif(real_encoder() is None, reason="the sentence encoder is not installed")


def test_texts_of_one_meaning_are_alike():
    first, second, other = real_encoder().encode(
        ["could we visit the flat on Saturday?", "is it possible to see the flat this weekend", "my card was charged"]
    )
    assert first @ second > first @ other + 0.3


def test_a_vector_does_not_depend_on_its_neighbours():
    texts = ["yes", "we are still thinking about it, the garden is small", "yes"]
    together = real_encoder().encode(texts)
    assert np.array_equal(together, np.vstack([real_encoder().encode([text]) for text in texts]))


@settings(max_examples=25)
@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_has_a_vector_of_length_1(text):
    (vector,) = real_encoder().encode([text])
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


def test_only_the_beginning_of_a_long_text_counts():
    words = "the house is nice " * 40
    assert np.array_equal(*real_encoder().encode([words, words + "but we do not want it"]))


def test_no_texts_have_no_vectors():
    assert real_encoder().encode([]).shape == (0, 384)


def test_the_deadline_is_looked_at_between_texts():
    token = deadline.set_deadline(time.monotonic() - 1.0)
    try:
        with pytest.raises(DeadlineSpent):
            real_encoder().encode(["yes"])
    finally:
        deadline.clear_deadline(token)


@pytest.mark.parametrize(("model", "tokenizer"), [(b"x", None), (b"", b"{}")])
def test_what_is_no_encoder_is_refused(model, tokenizer):
    with pytest.raises(ArtifactRefused):
        OnnxEncoder("x", model, tokenizer or packaged(TOKENIZER_PACKAGE, TOKENIZER_FILE))


def test_an_encoder_that_finds_everything_alike_is_refused():
    class Flat:
        def encode(self, texts):
            return np.full((len(texts), 384), 384**-0.5, dtype=np.float32)

    with pytest.raises(ArtifactRefused, match="apart"):
        try_out(Flat())
