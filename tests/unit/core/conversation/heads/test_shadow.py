from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from core.adapters.head_graph import OnnxHeadGraph
from core.conversation.heads.agreement import Agreement, Pair, compare
from core.conversation.heads.artifact import read_head
from core.conversation.heads.breakers import HeadBreakers
from core.conversation.heads.reader import HeadReader
from core.conversation.heads.serving import ServingHeads
from core.conversation.heads.shadow import LOOK_EVERY, QUEUE_LIMIT, ShadowHeads
from core.conversation.heads.turn import Turn
from core.conversation.rules import RULE_HEADS
from core.errors import DependencyDown
from core.version import INTENT, SENTIMENT, ShadowPointer
from tests.parts.listed_heads import ListedHeads
from tests.parts.small_heads import TEXTS, LetterEncoder, small_head

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TURNS = [Turn(text) for text in TEXTS]
FULL = ("vectors", "terms", "shape")


class Kept:
    """Agreements in memory."""

    def __init__(self):
        self.rows, self.is_down = {}, False

    def add(self, found):
        if self.is_down:
            raise DependencyDown("store")
        for pair, agreement in found:
            self.rows[pair] = self.rows.get(pair, Agreement()) + agreement


class Desk:
    def __init__(self, share=1.0):
        self.now, self.broken = 0.0, []
        self.listed, self.kept, self.encoder = ListedHeads(), Kept(), LetterEncoder()
        self.shadows = {}
        self.listed.shadows_everywhere = lambda kind: self.shadows.get(kind, {})
        serving = ServingHeads(self.listed, lambda files: read_head(files, OnnxHeadGraph))
        self.shadow = ShadowHeads(
            self.listed,
            serving.pinned,
            self.kept,
            share,
            lambda: NOW,
            lambda *what: self.broken.append(what),
            lambda: self.now,
        )
        reader = HeadReader(serving, lambda: self.encoder, RULE_HEADS, HeadBreakers(), shadow=self.shadow)
        self.read = lambda turns=TURNS: reader.read("a", turns)
        for version, seed in (("v1", 0), ("v2", 0), ("v3", 3)):
            self.listed.add("a", SENTIMENT, version, small_head(inputs=FULL, seed=seed))
        self.listed.activate("a", SENTIMENT, "v1")

    def put(self, version, kind=SENTIMENT):
        self.shadows[kind] = {"a": ShadowPointer(version=version, digest="d", reason="why", start_time=NOW)}
        self.read([])
        self.shadow.samples("a", b"\0\0\0\0")
        self.look()

    def look(self):
        self.now += LOOK_EVERY.total_seconds()
        return self.shadow.look()

    def work(self):
        while self.shadow.work():
            pass
        self.shadow.write()


@pytest.fixture
def desk():
    return Desk()


def test_the_same_head_agrees_on_every_turn(desk):
    desk.put("v2")
    desk.read()
    desk.work()
    assert list(desk.kept.rows) == [Pair("a", SENTIMENT, "v2", "v1", date(2026, 3, 1))]
    (agreement,) = desk.kept.rows.values()
    assert (agreement.compared, agreement.agreed) == (len(TURNS), len(TURNS))
    assert agreement.difference_total == pytest.approx(0.0, abs=1e-5)


def test_another_head_differs_and_nobody_sees_it(desk):
    before = desk.read().probabilities[SENTIMENT]
    desk = Desk()
    desk.put("v3")
    assert np.array_equal(desk.read().probabilities[SENTIMENT], before)
    desk.work()
    (agreement,) = desk.kept.rows.values()
    assert agreement.compared == len(TURNS)
    assert agreement.difference_total > 0.0


def test_what_was_read_before_is_not_compared_again(desk):
    desk.put("v2")
    desk.read()
    desk.read()
    desk.work()
    assert sum(agreement.compared for agreement in desk.kept.rows.values()) == len(TURNS)


def test_nothing_is_queued_where_nobody_is_in_the_shadow(desk):
    desk.read()
    assert desk.look() is None
    desk.read([Turn("one more")])
    assert not desk.shadow.work()


def test_a_share_of_turns_is_sampled():
    desk = Desk(share=0.25)
    desk.put("v2")
    desk.read([Turn(f"message {number}") for number in range(400)])
    desk.work()
    (agreement,) = desk.kept.rows.values()
    assert 50 < agreement.compared < 160


def test_what_finds_no_room_is_counted(desk):
    desk.put("v2")
    desk.read([Turn(f"message {number}") for number in range(QUEUE_LIMIT + 5)])
    assert desk.shadow.dropped("a") == 5


def test_one_that_cannot_be_loaded_is_told_once_and_left_alone(desk):
    desk.put("v9")
    desk.look()
    assert [what[:2] for what in desk.broken] == [("a", "v9")]
    desk.read()
    desk.work()
    assert desk.kept.rows == {}


def test_one_that_serves_by_now_is_not_compared_with_itself(desk):
    desk.put("v1")
    desk.read()
    desk.work()
    assert desk.kept.rows == {}


def test_what_could_not_be_written_is_written_later(desk):
    desk.put("v2")
    desk.read()
    desk.kept.is_down = True
    with pytest.raises(DependencyDown):
        desk.work()
    desk.kept.is_down = False
    desk.read([Turn("one more")])
    desk.work()
    assert sum(agreement.compared for agreement in desk.kept.rows.values()) == len(TURNS) + 1


def test_rules_are_no_head_to_compare_with(desk):
    del desk.listed.pointers["a", SENTIMENT]
    desk.put("v2")
    desk.read()
    desk.work()
    assert desk.kept.rows == {}


def test_its_thread_does_all_that_and_writes_at_the_end(desk):
    desk.put("v2")
    desk.shadow.start()
    desk.read()
    desk.shadow.stop(timedelta(seconds=10))
    written = sum(agreement.compared for agreement in desk.kept.rows.values())
    waiting = len(desk.shadow._queue)
    assert written + waiting == len(TURNS)


def test_heads_of_several_classes_agree_where_the_same_are_present():
    served = np.array([[0.9, 0.2], [0.9, 0.2], [0.4, 0.4]], dtype=np.float32)
    mine = np.array([[0.6, 0.1], [0.6, 0.7], [0.1, 0.1]], dtype=np.float32)
    found = compare(INTENT, served, (0.5, 0.5), mine, (0.5, 0.5))
    assert (found.compared, found.agreed) == (3, 2)
    assert found.difference_total == pytest.approx(0.3 + 0.5 + 0.3, abs=1e-6)
    assert compare(SENTIMENT, served, (0.5, 0.5), mine, (0.5, 0.5)).agreed == 2
