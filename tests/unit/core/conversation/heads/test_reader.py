import time
from dataclasses import replace

import numpy as np
import pytest

from core import deadline
from core.adapters.head_graph import OnnxHeadGraph
from core.conversation.heads.artifact import read_head
from core.conversation.heads.breakers import FAILURES, HeadBreakers
from core.conversation.heads.inputs import HeadInputs
from core.conversation.heads.reader import AT_ONCE, HeadReader
from core.conversation.heads.readings import HEAD_FAILED, NO_ENCODER, VERSIONS_UNKNOWN, HeadUse
from core.conversation.heads.serving import ServingHeads
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES, ConversationSource
from core.conversation.rules import RULE_HEADS
from core.errors import ArtifactRefused, DeadlineSpent, DependencyDown, InvalidInput, NotFound
from core.resilience.breaker import BreakerState
from core.version import OBJECTION, SENTIMENT, URGENCY
from tests.parts.listed_heads import ListedHeads
from tests.parts.small_heads import TEXTS, LetterEncoder, letter_vectors, small_head, unreadable_head

TURNS = [Turn(text, "which one?" if at % 2 else "") for at, text in enumerate(TEXTS)]
FULL = ("vectors", "agent_vectors", "terms", "shape")
MODEL, PLAIN, RULES = ConversationSource.MODEL, ConversationSource.MODEL_WITHOUT_ENCODER, ConversationSource.RULES


class Desk:
    """A reader and all it is made of."""

    def __init__(self, **sizes):
        self.listed, self.encoder, self.changes, self.failures = ListedHeads(), LetterEncoder(), [], []
        self.loaded = {}
        self.serving = ServingHeads(self.listed, self._read)
        self.breakers = HeadBreakers(
            on_change=lambda name, state: self.changes.append((name, state)),
            on_failure=lambda *what: self.failures.append(what),
        )
        self.reader = HeadReader(self.serving, lambda: self.encoder, RULE_HEADS, self.breakers, **sizes)
        self.add(SENTIMENT, "v1", small_head(inputs=FULL, plain=True))
        self.add(URGENCY, "u1", small_head(URGENCY))
        self.listed.activate("a", SENTIMENT, "v1")
        self.listed.activate("a", URGENCY, "u1")

    def add(self, kind, version, files):
        self.listed.add("a", kind, version, files)

    def _read(self, files):
        model = read_head(files, OnnxHeadGraph)
        return self.loaded.setdefault(model.content, model)

    def read(self, turns=TURNS, **pinned):
        return self.reader.read("a", turns, pinned)


class BrokenGraph:
    def __init__(self):
        self.runs = 0

    def run(self, inputs):
        self.runs += 1
        raise ArtifactRefused("model.onnx", "the runtime cannot run it")


@pytest.fixture
def desk():
    return Desk()


def broken(desk, kind, version, **fields):
    """Let a version's graph fail from now on."""
    graph = BrokenGraph()
    desk._read = None
    desk.serving._read_head = lambda files: replace(read_head(files, OnnxHeadGraph), graph=graph, **fields)
    desk.serving._by_content.clear()
    return graph


def test_each_kind_is_answered_by_its_head_or_by_rules(desk):
    readings = desk.read()
    assert readings.uses[SENTIMENT] == HeadUse(MODEL, "v1")
    assert readings.uses[URGENCY] == HeadUse(MODEL, "u1")
    assert readings.uses[OBJECTION] == HeadUse(RULES, "")
    assert readings.warnings == ()
    model = read_head(small_head(inputs=FULL, plain=True), OnnxHeadGraph)
    expected = model.read(HeadInputs(TURNS, letter_vectors))
    assert np.abs(readings.probabilities[SENTIMENT] - expected).max() < 1e-6
    rules = [RULE_HEADS[OBJECTION].read(*turn).probabilities for turn in TURNS]
    assert readings.probabilities[OBJECTION] == pytest.approx(np.array(rules), abs=1e-6)
    assert readings.thresholds[SENTIMENT] == (0.5,) * 3
    assert readings.thresholds[OBJECTION] == RULE_HEADS[OBJECTION].thresholds


def test_no_turns_tell_what_would_answer(desk):
    readings = desk.read([])
    assert readings.uses[SENTIMENT].source is MODEL
    assert all(found.shape == (0, len(CLASSES[kind])) for kind, found in readings.probabilities.items())


def test_what_was_read_is_not_encoded_again_and_stays_the_same(desk):
    first = desk.read()
    encoded = len(desk.encoder.encoded)
    second = desk.read([*TURNS, Turn("one more")])
    assert desk.encoder.encoded[encoded:] == ["one more"]
    for kind in CLASSES:
        assert np.array_equal(second.probabilities[kind][:-1], first.probabilities[kind])


def test_a_turn_is_read_alike_alone_and_with_others():
    together = Desk().read()
    for at, turn in enumerate(TURNS):
        alone = Desk().read([turn])
        for kind in CLASSES:
            assert np.array_equal(alone.probabilities[kind][0], together.probabilities[kind][at])


def test_each_text_is_encoded_once_in_a_call(desk):
    desk.read([Turn("yes", "yes"), Turn("yes"), Turn("yes", "yes")])
    assert desk.encoder.encoded == ["yes"]


def test_tenants_do_not_learn_what_others_had_read(desk):
    desk.listed.add("b", SENTIMENT, "v1", small_head(inputs=FULL, plain=True))
    desk.listed.activate("b", SENTIMENT, "v1")
    desk.read([Turn("hello")])
    desk.reader.read("b", [Turn("hello")])
    assert desk.encoder.encoded == ["hello", "hello"]


def test_a_new_version_reads_anew_with_the_vectors_at_hand(desk):
    before = desk.read().probabilities[SENTIMENT]
    encoded = len(desk.encoder.encoded)
    desk.add(SENTIMENT, "v2", small_head(inputs=FULL, seed=7))
    desk.listed.activate("a", SENTIMENT, "v2")
    desk.serving.refresh()
    after = desk.read()
    assert after.uses[SENTIMENT].version == "v2"
    assert not np.array_equal(after.probabilities[SENTIMENT], before)
    assert len(desk.encoder.encoded) == encoded


def test_caches_are_bounded():
    desk = Desk(vector_bytes=20_000, reading_bytes=5_000)
    desk.read([Turn(f"message {number}") for number in range(200)])
    assert desk.reader._vectors.bytes_held <= 20_000
    assert desk.reader._readings.bytes_held <= 5_000


def test_without_an_encoder_what_stands_in_answers(desk):
    desk.reader._get_encoder = lambda: None
    readings = desk.read()
    assert readings.uses[SENTIMENT] == HeadUse(PLAIN, "v1")
    assert readings.thresholds[SENTIMENT] == (0.4,) * 3
    assert readings.uses[URGENCY] == HeadUse(MODEL, "u1")
    assert readings.warnings == (NO_ENCODER,)


def test_an_encoder_of_another_name_is_none(desk):
    desk.encoder.name = "other"
    assert desk.read().uses[SENTIMENT] == HeadUse(PLAIN, "v1")
    assert desk.encoder.encoded == []


def test_the_encoder_is_not_even_asked_for_where_no_head_needs_it(desk):
    del desk.listed.pointers["a", SENTIMENT]
    desk.reader._get_encoder = lambda: pytest.fail("asked for the encoder")
    assert desk.read().uses[SENTIMENT].source is RULES


def test_an_encoder_that_fails_is_left_alone_for_a_while(desk):
    calls = []

    def fail(texts):
        calls.append(texts)
        raise DependencyDown("encoder")

    desk.encoder.encode = fail
    for _ in range(FAILURES + 3):
        readings = desk.read()
        assert readings.uses[SENTIMENT] == HeadUse(PLAIN, "v1")
        assert readings.warnings == (NO_ENCODER,)
    assert len(calls) == FAILURES
    assert desk.changes == [("encoder", BreakerState.OPEN)]


def test_a_head_that_fails_gives_way_to_rules_and_is_left_alone(desk):
    graph = broken(desk, SENTIMENT, "v1")
    for _ in range(FAILURES + 3):
        readings = desk.read()
        assert readings.uses[SENTIMENT] == HeadUse(RULES, "")
        assert readings.thresholds[SENTIMENT] == RULE_HEADS[SENTIMENT].thresholds
        assert HEAD_FAILED in readings.warnings
    assert graph.runs == 2 * FAILURES  # the other head has the same graph here
    assert desk.breakers.state("a") is BreakerState.OPEN
    assert desk.breakers.state("b") is BreakerState.CLOSED
    assert ("heads", BreakerState.OPEN) in desk.changes
    assert {what[:2] for what in desk.failures} == {("a", "v1"), ("a", "u1")}


def test_a_head_that_cannot_be_loaded_gives_way_to_rules(desk):
    desk.add(SENTIMENT, "v3", unreadable_head())
    desk.listed.activate("a", SENTIMENT, "v3")
    readings = desk.read()
    assert readings.uses[SENTIMENT] == HeadUse(RULES, "")
    assert readings.warnings == (HEAD_FAILED,)


def test_rules_answer_while_the_store_is_down(desk):
    desk.listed.is_down = True
    readings = desk.read()
    assert {use.source for use in readings.uses.values()} == {RULES}
    assert readings.warnings == (VERSIONS_UNKNOWN,)
    with pytest.raises(DependencyDown):
        desk.read(sentiment="v1")
    desk.listed.is_down = False
    assert desk.read().uses[SENTIMENT].source is MODEL


def test_a_named_version_answers_in_place_of_the_active_one(desk):
    desk.add(SENTIMENT, "v2", small_head(seed=3))
    readings = desk.read(sentiment="v2")
    assert readings.uses[SENTIMENT] == HeadUse(MODEL, "v2")
    assert readings.uses[URGENCY] == HeadUse(MODEL, "u1")
    assert desk.read().uses[SENTIMENT] == HeadUse(MODEL, "v1")


def test_named_versions_must_be_there_and_of_a_kind_that_reads(desk):
    with pytest.raises(NotFound):
        desk.read(sentiment="v9")
    with pytest.raises(InvalidInput):
        desk.read(lead_score="v1")


def test_what_was_encoded_before_the_deadline_stays_at_hand(desk):
    turns = [Turn(f"message {number}") for number in range(3 * AT_ONCE)]
    encode, asked = desk.encoder.encode, []

    def encode_once(texts):
        asked.append(len(texts))
        deadline.set_deadline(time.monotonic() - 1.0)
        return encode(texts)

    desk.encoder.encode = encode_once
    token = deadline.set_deadline(time.monotonic() + 60.0)
    try:
        with pytest.raises(DeadlineSpent):
            desk.read(turns)
    finally:
        deadline.clear_deadline(token)
    assert asked == [AT_ONCE]
    desk.encoder.encode = encode
    desk.read(turns)
    assert len(desk.encoder.encoded) == len(turns)


def test_the_weight_of_words_is_of_the_head_that_answered(desk):
    readings = desk.read()
    assert readings.term_weight(SENTIMENT, 0)("house") > 0.0
    assert readings.term_weight(OBJECTION, 0) is None


def test_any_code_points_are_read(desk):
    readings = desk.read([Turn("\ud800 \U0010ffff\x00", "\udfff"), Turn(" "), Turn("😀" * 5_000)])
    assert all(np.isfinite(found).all() for found in readings.probabilities.values())
