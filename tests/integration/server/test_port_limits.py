"""What the port refuses by itself: compressed requests, too much metadata."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest
from leadline.v1 import scoring_service_pb2 as pb

from tests.parts.messages import lead_message

MIB = 1024 * 1024


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / MIB


def test_a_bomb_of_zeros_is_refused_without_being_inflated(stubs):
    call = stubs.channel.unary_unary("/leadline.v1.ScoringService/Score")
    bomb = bytes(60 * MIB)
    before = resident_mib()
    for _ in range(3):
        with pytest.raises(grpc.RpcError) as caught:
            call(bomb, compression=grpc.Compression.Gzip, timeout=20)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert resident_mib() - before < 60
    assert stubs.scoring.Score(pb.ScoreRequest(lead=lead_message()), timeout=5).result.score > 0


def test_metadata_above_8_kib_is_refused_and_below_is_not(stubs):
    request = pb.ScoreRequest(lead=lead_message())
    with pytest.raises(grpc.RpcError) as caught:
        stubs.scoring.Score(request, metadata=(("x-much", "v" * 9_000),), timeout=5)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert stubs.scoring.Score(request, metadata=(("x-some", "v" * 7_000),), timeout=5).result.score > 0
