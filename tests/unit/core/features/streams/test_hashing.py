"""The hash is the one DuckDB can compute too."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from core.features.streams.hashing import HASH_SPAN, hash_of

DATABASE = duckdb.connect()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",))) | st.integers(-(2**62), 2**62))
def test_the_hash_is_duckdb_s(value):
    [(theirs,)] = DATABASE.execute("SELECT md5_number_lower(CAST(? AS VARCHAR))", [value]).fetchall()

    assert hash_of(value) == theirs
    assert 0 <= theirs < HASH_SPAN


def test_a_number_hashes_as_its_digits():
    assert hash_of(12) == hash_of("12") != hash_of("012")
