"""Score, BatchScore and StreamScore against a running server."""

from __future__ import annotations

import pytest
from leadline.v1 import lead_pb2
from leadline.v1 import scoring_service_pb2 as pb

from tests.parts.fitted import small_version
from tests.parts.messages import lead_message


def test_a_score_names_its_version_and_its_reasons(stubs):
    answer = stubs.scoring.Score(pb.ScoreRequest(lead=lead_message())).result
    assert answer.model_version == small_version(0).name
    assert answer.source == pb.SCORE_SOURCE_MODEL
    assert 1 <= len(answer.contributions) <= 5
