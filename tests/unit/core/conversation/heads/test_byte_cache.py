from core.conversation.heads.byte_cache import ENTRY_BYTES, ByteCache


def test_what_was_used_longest_ago_goes_first():
    cache = ByteCache(3 * (ENTRY_BYTES + 10))
    for key in (b"a", b"b", b"c"):
        cache.put(key, b"x" * 10)
    assert cache.get(b"a") == b"x" * 10
    cache.put(b"d", b"y" * 10)
    assert cache.get(b"b") is None
    assert [key for key in (b"a", b"c", b"d") if cache.get(key)] == [b"a", b"c", b"d"]


def test_a_value_takes_the_place_of_the_one_before():
    cache = ByteCache(10_000)
    cache.put(b"a", b"x" * 100)
    cache.put(b"a", b"y")
    assert cache.get(b"a") == b"y"
    assert cache.bytes_held == ENTRY_BYTES + 1


def test_what_is_larger_than_all_of_it_is_not_kept():
    cache = ByteCache(300)
    cache.put(b"a", b"x" * 100)
    assert cache.get(b"a") is None
    assert cache.bytes_held == 0
