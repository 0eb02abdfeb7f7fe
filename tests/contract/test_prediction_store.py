from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import select

from core.adapters.sql import SqlPredictionStore
from core.adapters.sql.tables import predictions
from core.adapters.sql.walls import ALL_TENANTS
from core.identifiers import LeadId, TenantId, VersionName
from core.ports import Prediction

PREDICTION = Prediction(
    tenant=TenantId("acme"),
    lead_id=LeadId("a"),
    version=VersionName("v20260101_120000_1a2b3c4d"),
    source="model",
    score=73.25,
    probability=0.7325,
    score_time=datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC),
    token_id="t1",  # noqa: S106 - not a secret
    features=np.array([0.1, np.nan, 3e38], dtype="<f4").tobytes(),
)


@pytest.fixture
def rows(database):
    def read() -> list[Prediction]:
        with database.read(ALL_TENANTS) as connection:
            found = connection.execute(select(predictions).order_by(predictions.c.token_id)).mappings().all()
        return [Prediction(**row) for row in found]

    return read


def renamed(token_id: str, **changes) -> Prediction:
    return replace(PREDICTION, token_id=token_id, **changes)


def test_predictions_come_back_as_they_were_written(database, rows):
    batch = [PREDICTION, renamed("t2", version=VersionName("rules"), features=b"")]
    SqlPredictionStore(database).append(batch)
    assert rows() == batch


def test_a_batch_may_be_sent_again(database, rows):
    store = SqlPredictionStore(database)
    store.append([PREDICTION])
    store.append([replace(PREDICTION, score=1.0), renamed("t2")])
    assert [(row.token_id, row.score) for row in rows()] == [("t1", 73.25), ("t2", 73.25)]


def test_an_empty_batch_writes_nothing(database, rows):
    SqlPredictionStore(database).append([])
    assert rows() == []


def test_a_batch_of_thousands_is_written(database, rows):
    SqlPredictionStore(database).append([renamed(f"{n:05}") for n in range(3_000)])
    assert [row.token_id for row in rows()] == [f"{n:05}" for n in range(3_000)]
