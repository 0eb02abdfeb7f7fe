"""What every cache promises: exactly what was put, or nothing."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from core.adapters.cache_levels import TwoLevelCache
from core.adapters.cache_limits import CacheLimits
from core.adapters.cache_memory import MemoryCache
from core.adapters.cache_seal import CacheSeal, key_bytes
from core.adapters.redis_cache import OUTAGES, RedisCache, redis_breaker
from core.adapters.redis_client import PATIENCE, redis_client
from core.errors import DependencyDown, InvalidInput
from core.ports import CacheKey
from core.resilience.breaker import BreakerState
from tests.parts.cache_counts import CacheCounts
from tests.parts.redis_server import RedisServer, running_redis

SEAL = CacheSeal(b"s" * 32)
LIMITS = CacheLimits(value_bytes=10_000, total_bytes=100_000, subjects=50)
REST = timedelta(seconds=0.2)
KEY = CacheKey(kind="score", tenant="t1", subject="lead-1", version="v1", feature_set="f1", content="c1")
OTHERS = [
    replace(KEY, **{name: value})
    for name, value in [
        ("kind", "features"),
        ("tenant", "t2"),
        ("subject", "lead-2"),
        ("version", "v2"),
        ("feature_set", "f2"),
        ("content", "c2"),
    ]
]


@pytest.fixture(scope="module")
def server():
    with running_redis() as server:
        yield server


@pytest.fixture
def counts():
    return CacheCounts()


def far(server, counts, seal=SEAL, *, patience=timedelta(seconds=5)):
    return RedisCache(redis_client(server.url, patience), seal, LIMITS, counts, redis_breaker(rest=REST))


@pytest.fixture
def redis_cache(server: RedisServer, counts):
    server.flush()
    cache = far(server, counts)
    yield cache
    cache.close()


@pytest.fixture(params=["memory", "redis", "both"])
def cache(request, counts):
    if request.param == "memory":
        return MemoryCache(SEAL, LIMITS, counts)
    redis_cache = request.getfixturevalue("redis_cache")
    if request.param == "redis":
        return redis_cache
    return TwoLevelCache(MemoryCache(SEAL, LIMITS, counts), redis_cache)


@pytest.mark.parametrize("value", [b"", b"x", b"\x00" * 9_999, bytes(range(256))])
def test_what_was_put_comes_back(cache, value):
    assert cache.get(KEY) is None
    cache.put(KEY, value)
    assert cache.get(KEY) == value
    cache.put(KEY, b"newer")
    assert cache.get(KEY) == b"newer"


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_a_key_that_differs_anywhere_is_another_key(cache, other):
    cache.put(KEY, b"mine")
    assert cache.get(other) is None
    cache.put(other, b"other")
    assert (cache.get(KEY), cache.get(other)) == (b"mine", b"other")


def test_a_subject_is_forgotten_with_all_that_is_about_it_and_nothing_else(cache):
    newer = replace(KEY, version="v2")
    for key in (KEY, newer, *OTHERS):
        cache.put(key, b"x")
    assert cache.forget("t1", "lead-1")
    assert cache.get(KEY) is cache.get(newer) is None
    assert [key for key in OTHERS if cache.get(key)] == [
        key for key in OTHERS if (key.tenant, key.subject) != ("t1", "lead-1")
    ]
    assert cache.forget("t1", "never seen")


def test_a_tenant_is_forgotten_and_no_other(cache):
    keys = [replace(KEY, tenant=tenant, subject=f"lead-{n}") for tenant in ("t1", "t2") for n in range(20)]
    for key in keys:
        cache.put(key, b"x")
    assert cache.forget("t1")
    assert [key.tenant for key in keys if cache.get(key)] == ["t2"] * 20


def test_what_is_too_large_is_not_kept(cache):
    cache.put(KEY, b"x" * 10_001)
    assert cache.get(KEY) is None


def test_many_threads_get_what_they_put(cache):
    wrong = []

    def work(number):
        draws = random.Random(number)
        for _ in range(100):
            key = replace(KEY, tenant=f"t{draws.randrange(3)}", subject=f"s{draws.randrange(5)}")
            expected = f"{key.tenant}/{key.subject}".encode()
            cache.put(key, expected)
            found = cache.get(key)
            if found not in {expected, None}:
                wrong.append((key, found))
            if draws.random() < 0.1:
                cache.forget(key.tenant, key.subject)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []


def test_look_ups_are_counted(cache, counts):
    cache.get(KEY)
    cache.put(KEY, b"x")
    cache.get(KEY)
    level = "l2" if isinstance(cache, RedisCache) else "l1"
    assert counts["score", level, "miss"] == counts["score", level, "hit"] == 1


# Memory


def test_the_memory_of_a_process_is_bounded_in_number_bytes_and_age(counts):
    moments = [0.0]
    cache = MemoryCache(SEAL, LIMITS, counts, lambda: moments[0])
    keys = [replace(KEY, subject=f"s{n}") for n in range(200)]
    for key in keys:
        cache.put(key, b"x" * 100)
    assert [key for key in keys if cache.get(key)] == keys[-50:]
    for key in keys[:20]:
        cache.put(key, b"x" * 9_000)
    assert 9 <= sum(cache.get(key) is not None for key in keys) <= 11
    moments[0] = LIMITS.lifetime.total_seconds() + 1
    assert [key for key in keys if cache.get(key)] == []


def test_a_subject_does_not_grow(counts):
    cache = MemoryCache(SEAL, LIMITS, counts)
    keys = [replace(KEY, content=str(n)) for n in range(10)]
    for key in keys:
        cache.put(key, b"x")
    assert [key for key in keys if cache.get(key)] == keys[-4:]


@pytest.mark.parametrize("name", ["subjects", "total_bytes", "value_bytes"])
def test_limits_of_nothing_are_refused(name):
    with pytest.raises(InvalidInput):
        CacheLimits(**{name: 0})


def test_memory_that_was_changed_is_a_miss(counts):
    cache = MemoryCache(SEAL, LIMITS, counts)
    cache.put(KEY, b"x")
    drawer = dict(cache._drawers["t1", "lead-1"])
    cache._drawers["t1", "lead-1"] = {key: sealed[:-1] + b"y" for key, sealed in drawer.items()}
    assert cache.get(KEY) is None
    assert counts["score", "l1", "poisoned"] == 1


# Redis


def raw(server):
    client = redis_client(server.url, timedelta(seconds=5))
    (name,) = client.keys("leadline:*")
    (field,) = client.hkeys(name)
    return client, name, field


def poisons(sealed):
    other = SEAL.close(key_bytes(OTHERS[1]), b"theirs")
    forged = CacheSeal(b"x" * 32).close(key_bytes(KEY), b"forged")
    return {
        "empty": b"",
        "cut off": sealed[:-1],
        "half": sealed[: len(sealed) // 2],
        "longer": sealed + b"x",
        "flipped": bytes([*sealed[:-1], sealed[-1] ^ 1]),
        "seal flipped": bytes([sealed[0] ^ 1, *sealed[1:]]),
        "of another tenant": other,
        "forged": forged,
        "text": b"hello",
        "noise": os.urandom(200),
    }


@pytest.mark.parametrize("name", poisons(b"0123456789abcdefgh"))
def test_a_poisoned_value_is_a_miss(redis_cache, server, counts, name):
    redis_cache.put(KEY, b"mine")
    client, where, field = raw(server)
    client.hset(where, field, poisons(client.hget(where, field))[name])
    assert redis_cache.get(KEY) is None
    assert (counts["score", "l2", "poisoned"], counts["score", "l2", "miss"]) == (1, 1)
    redis_cache.put(KEY, b"again")
    assert redis_cache.get(KEY) == b"again"


def test_every_flipped_bit_is_a_miss(redis_cache, server):
    redis_cache.put(KEY, b"mine")
    client, where, field = raw(server)
    sealed = client.hget(where, field)
    for position, bit in itertools.product(range(0, len(sealed), 3), (0, 7)):
        changed = bytearray(sealed)
        changed[position] ^= 1 << bit
        client.hset(where, field, bytes(changed))
        assert redis_cache.get(KEY) is None


def test_another_type_in_its_place_is_a_miss(redis_cache, server):
    redis_cache.put(KEY, b"mine")
    client, where, _ = raw(server)
    client.delete(where)
    client.set(where, "text")
    assert redis_cache.get(KEY) is None
    redis_cache.put(KEY, b"again")
    assert redis_cache.breaker.state is BreakerState.CLOSED


def test_a_process_with_another_secret_finds_nothing(redis_cache, server, counts):
    redis_cache.put(KEY, b"mine")
    other = far(server, counts, CacheSeal(b"o" * 32))
    assert other.get(KEY) is None
    other.close()


def test_nothing_in_redis_says_whose_it_is(redis_cache, server):
    redis_cache.put(replace(KEY, tenant="acme", subject="alice"), b"mine")
    _, where, field = raw(server)
    assert b"acme" not in where + field
    assert b"alice" not in where + field


def test_values_are_compressed_and_expire(redis_cache, server):
    redis_cache.put(KEY, b"the same " * 1_000)
    client, where, field = raw(server)
    assert client.hstrlen(where, field) < 1_000
    assert 3_500 < client.ttl(where) <= 3_600


def test_two_processes_share_what_they_put(server, redis_cache, counts):
    near = MemoryCache(SEAL, LIMITS, counts)
    redis_cache.put(KEY, b"from over there")
    both = TwoLevelCache(near, redis_cache)
    assert both.get(KEY) == b"from over there"
    assert near.get(KEY) == b"from over there"


def test_a_flushed_redis_is_a_miss(redis_cache, server):
    redis_cache.put(KEY, b"x")
    server.flush()
    assert redis_cache.get(KEY) is None


def silent_use(cache):
    started = time.monotonic()
    assert cache.get(KEY) is None
    cache.put(KEY, b"x")
    assert not cache.forget("t1", "lead-1")
    assert not cache.forget("t1")
    return time.monotonic() - started


@pytest.mark.parametrize("harm", ["kill", "stop"])
def test_a_redis_that_is_gone_or_frozen_is_a_miss_soon_left_alone_and_found_again(counts, harm):
    with running_redis() as server:
        cache = far(server, counts, patience=PATIENCE)
        cache.put(KEY, b"x")
        getattr(server, harm)()
        assert silent_use(cache) < 2.0
        for _ in range(OUTAGES):
            cache.get(KEY)
        assert cache.breaker.state is BreakerState.OPEN
        assert silent_use(cache) < 0.15
        with pytest.raises(DependencyDown):
            cache.check()
        server.start() if harm == "kill" else server.cont()
        time.sleep(1.1 * REST.total_seconds())
        until(lambda: is_back(cache))
        assert cache.breaker.state is BreakerState.CLOSED
        cache.close()


def is_back(cache):
    cache.put(KEY, b"back")
    return cache.get(KEY) == b"back"


def until(condition):
    ends = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_an_answer_that_comes_too_late_is_nobody_elses(counts):
    with running_redis() as server:
        cache = far(server, counts, patience=timedelta(seconds=0.5))
        other = replace(KEY, subject="lead-2")
        cache.put(KEY, b"one")
        cache.put(other, b"two")
        server.stop()
        assert cache.get(KEY) is None
        server.cont()
        assert cache.get(other) == b"two"
        assert cache.get(KEY) == b"one"
        cache.close()


def test_more_callers_than_connections_do_not_wait(server, counts, redis_cache):
    pool = redis_cache._client.connection_pool
    taken = [pool.get_connection() for _ in range(pool.max_connections)]
    started = time.monotonic()
    assert redis_cache.get(KEY) is None
    assert time.monotonic() - started < 1.0
    assert redis_cache.breaker.state is BreakerState.CLOSED
    for connection in taken:
        pool.release(connection)


def test_a_full_redis_refuses_and_nobody_is_told(counts):
    with running_redis("--maxmemory", "1", "--maxmemory-policy", "noeviction") as server:
        cache = far(server, counts)
        cache.put(KEY, b"x")
        assert cache.get(KEY) is None
        assert counts["score", "l2", "error"] == 1
        assert cache.breaker.state is BreakerState.CLOSED
        cache.close()


def test_a_host_that_does_not_exist_costs_nobody_ten_seconds(counts):
    cache = RedisCache(redis_client("redis://no-such-host.invalid:6379/0"), SEAL, LIMITS, counts)
    started = time.monotonic()
    assert cache.get(KEY) is None
    assert time.monotonic() - started < 1.0
    cache.close()


@pytest.mark.parametrize("url", ["x", "http://localhost", "redis://h:port/0"])
def test_a_url_of_another_form_is_refused(url):
    with pytest.raises(InvalidInput):
        redis_client(url)
