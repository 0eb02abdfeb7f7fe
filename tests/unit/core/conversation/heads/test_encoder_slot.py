import threading
from datetime import timedelta

from core.conversation.heads.encoder_slot import EncoderSlot
from core.errors import DependencyDown
from tests.parts.small_heads import LetterEncoder

SOON = timedelta(seconds=10)


def run(slot, act):
    slot.start()
    try:
        return act()
    finally:
        slot.stop(SOON)


def test_it_is_loaded_once_somebody_wants_it():
    loads, encoder = [], LetterEncoder()

    def load():
        loads.append(1)
        return encoder

    slot = EncoderSlot(load)

    def act():
        assert loads == []
        assert slot.wait(SOON) is encoder
        assert slot.get() is encoder

    run(slot, act)
    assert loads == [1]
    assert slot.problem == ""


def test_nobody_waits_for_it():
    begun, release = threading.Event(), threading.Event()

    def load():
        begun.set()
        release.wait(10)
        return LetterEncoder()

    slot = EncoderSlot(load)

    def act():
        assert slot.get() is None
        assert begun.wait(10)
        assert slot.get() is None
        release.set()
        assert slot.wait(SOON) is not None

    run(slot, act)


def test_a_failure_is_told_and_tried_again():
    tries, again = [], threading.Event()

    def load():
        tries.append(1)
        if len(tries) == 1:
            raise DependencyDown("disk")
        again.set()
        return LetterEncoder()

    slot = EncoderSlot(load, retry_seconds=0.01)
    run(slot, lambda: (slot.get(), again.wait(10)))
    assert len(tries) == 2


def test_none_to_be_had_is_no_problem():
    slot = EncoderSlot(lambda: None)
    assert run(slot, lambda: slot.wait(SOON)) is None
    assert slot.problem == ""


def test_a_failure_is_told_without_what_it_says():
    def load():
        raise ValueError("the words of somebody")

    slot = EncoderSlot(load)
    run(slot, lambda: slot.wait(SOON))
    assert slot.problem == "unexpected ValueError"


def test_one_that_nobody_wants_ends_without_being_loaded():
    loads = []
    slot = EncoderSlot(lambda: loads.append(1))
    run(slot, lambda: None)
    assert loads == []
