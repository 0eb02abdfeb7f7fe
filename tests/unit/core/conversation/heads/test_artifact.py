import json

import numpy as np
import pytest

from core.adapters.head_graph import OnnxHeadGraph
from core.conversation.heads.artifact import PLAIN_FILE, WEIGHTS_FILE, content_of, read_head
from core.conversation.heads.inputs import HeadInputs
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES, MULTI_LABEL
from core.errors import ArtifactRefused
from core.version import (
    GOLDEN_FILE,
    HEAD_FILE,
    HEAD_KINDS,
    INTENT,
    MANIFEST_FILE,
    MODEL_FILE,
    SENTIMENT,
    URGENCY,
    VECTORIZER_FILE,
)
from tests.parts.small_heads import ENCODER, TEXTS, VECTORIZER, letter_vectors, linear_graph, small_head, with_manifest

FULL = small_head(inputs=("vectors", "agent_vectors", "terms", "shape"), plain=True)


def without_manifest(files):
    return {name: content for name, content in files.items() if name != MANIFEST_FILE}


def changed(name, content, files=FULL, kind=SENTIMENT):
    return with_manifest({**without_manifest(files), name: content}, kind)


def changed_json(name, files=FULL, **fields):
    return changed(name, json.dumps({**json.loads(files[name]), **fields}).encode(), files)


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_a_head_of_every_kind_is_read(kind):
    model = read_head(small_head(kind), OnnxHeadGraph)
    found = model.read(HeadInputs([Turn(text) for text in TEXTS]))
    assert found.shape == (len(TEXTS), len(CLASSES[kind]))
    assert ((found >= 0) & (found <= 1)).all()
    if kind not in MULTI_LABEL:
        assert found.sum(axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-6)


def test_what_is_read_is_what_was_written():
    model = read_head(FULL, OnnxHeadGraph)
    assert (model.kind, model.encoder, model.content) == (SENTIMENT, ENCODER, content_of(FULL[MANIFEST_FILE]))
    assert model.inputs == ("vectors", "terms", "agent_vectors", "shape")
    assert (model.thresholds, model.plain_thresholds) == ((0.5,) * 3, (0.4,) * 3)
    assert model.plain_inputs == ("terms", "shape")
    inputs = HeadInputs([Turn("the house", "which house?")], letter_vectors)
    assert not np.array_equal(model.read(inputs), model.read_plain(inputs))


def test_a_word_weighs_what_its_terms_do():
    weight = read_head(FULL, OnnxHeadGraph).weight_of(0)
    columns = VECTORIZER.columns_of("house")
    assert weight("house") == pytest.approx(float(VECTORIZER.idf[columns].sum()), rel=1e-5)
    assert weight("qqqq") == 0.0
    assert read_head(small_head(), OnnxHeadGraph).weight_of(0) is None


def test_heads_that_were_fitted_together_share_their_terms():
    first, second = (read_head(small_head(kind), OnnxHeadGraph) for kind in (SENTIMENT, URGENCY))
    assert first.vectorizer is second.vectorizer


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (without_manifest(FULL), "is missing"),
        ({**FULL, MODEL_FILE: b"x"}, "instead of"),
        (changed("notes.txt", b"x"), "not a file of a head"),
        (changed(HEAD_FILE, b"{"), "not JSON"),
        (changed_json(HEAD_FILE, kind=INTENT), "with the classes"),
        (changed_json(HEAD_FILE, kind=URGENCY, classes=["yes"], thresholds=[0.5]), "without_encoder_thresholds"),
        (changed_json(HEAD_FILE, classes=["a", "b", "c"]), "with the classes"),
        (changed_json(HEAD_FILE, format=2), "format 1"),
        (changed_json(HEAD_FILE, thresholds=[0.5]), "thresholds"),
        (changed_json(HEAD_FILE, thresholds=[0.5, 0.5, 1.5]), "between 0 and 1"),
        (changed_json(HEAD_FILE, inputs=["vectors", "smell"]), "must be some of"),
        (changed_json(HEAD_FILE, inputs=[]), "must be some of"),
        (changed_json(HEAD_FILE, encoder=""), "must name the encoder"),
        (changed_json(HEAD_FILE, inputs=["vectors", "terms", "shape"]), "its inputs must be"),
        (changed_json(HEAD_FILE, without_encoder_inputs=["vectors"]), "must not be of the encoder"),
        (changed_json(HEAD_FILE, term_weights=""), "term_weights"),
        (changed(VECTORIZER_FILE, b"[]"), "not a fitted vectorizer"),
        (changed(VECTORIZER_FILE, b'{"format":1,"words":["a"],"grams":[],"idf":[1.0]}', small_head()), "wide"),
        (changed(WEIGHTS_FILE, b"x"), "npz"),
        (changed(MODEL_FILE, b"x"), "cannot load"),
        (changed(MODEL_FILE, linear_graph(SENTIMENT, ("vectors", "agent_vectors", "terms", "shape"), 9)), "reproduce"),
        (changed(PLAIN_FILE, linear_graph(SENTIMENT, ("terms", "shape"), 9)), "without_encoder"),
        (changed(MODEL_FILE, linear_graph(INTENT, ("vectors", "agent_vectors", "terms", "shape"))), "3 probabilities"),
        (changed(GOLDEN_FILE, b"[]"), "object"),
        (changed_json(GOLDEN_FILE, turns=[]), "1 to 32 turns"),
        (changed_json(GOLDEN_FILE, turns=[["a" * 1001, ""]]), "pairs of texts"),
        (changed_json(GOLDEN_FILE, vectors={}), "one for each text"),
        (changed_json(GOLDEN_FILE, vectors={"a": "????"}), "base64"),
        (changed_json(GOLDEN_FILE, vectors={"a": "AAAA"}), "32 bits"),
    ],
)
def test_files_that_do_not_fit_are_refused(files, problem):
    with pytest.raises(ArtifactRefused, match=problem):
        read_head(files, OnnxHeadGraph)


def test_a_graph_that_says_no_probabilities_is_refused():
    changed_graph = linear_graph(SENTIMENT, ("terms", "shape"), bias=[float("nan")] * 3)
    with pytest.raises(ArtifactRefused, match="within"):
        read_head(changed(MODEL_FILE, changed_graph, small_head()), OnnxHeadGraph)


def test_the_manifest_must_be_of_the_kind_of_the_head():
    with pytest.raises(ArtifactRefused, match="another kind"):
        read_head(with_manifest(without_manifest(FULL), URGENCY), OnnxHeadGraph)
    with pytest.raises(ArtifactRefused, match="of a kind that reads messages"):
        read_head(with_manifest(without_manifest(FULL), "lead_score"), OnnxHeadGraph)
