from core.conversation.heads.encoder_slot import EncoderSlot
from core.version import HEAD_KINDS
from server.heads import EncoderWish


class Wished(EncoderSlot):
    def __init__(self):
        super().__init__(lambda: None)
        self.wishes = 0

    def get(self):
        self.wishes += 1
        return super().get()


def test_the_encoder_is_wanted_once_any_tenant_has_a_head():
    active, asked, slot = set(), [], Wished()

    def has_heads(kind):
        asked.append(kind)
        return kind in active

    wish = EncoderWish(slot, has_heads)
    for _ in HEAD_KINDS:
        wish.look()
    assert slot.wishes == 0
    assert set(asked) == set(HEAD_KINDS)
    active.add(HEAD_KINDS[-1])
    for _ in HEAD_KINDS:
        wish.look()
    assert slot.wishes == 1
    count = len(asked)
    wish.look()
    assert len(asked) == count
