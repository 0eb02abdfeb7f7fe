"""Two versions of one recipe, with and without what customers did, trained on files and asked through a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import event_pb2, event_service_pb2, lead_pb2, scoring_service_pb2

from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.duckdb_backfill import DuckDbBackfill
from core.adapters.sql.engine import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import microseconds_of
from core.caller import LOCAL_CALLER
from core.features.streams.columns import EventColumns
from core.version import LEAD_SCORE
from server.convert.lead import lead_from_wire
from tests.parts.cdnow import MOMENT, Customer, orders_of, write_events, write_leads
from tests.parts.fitted import database_url, model_dir, offline_model
from tests.parts.serving import Stubs, served_here
from training.app import Trainer, build_trainer
from training.behavior import read_events, with_behavior
from training.booster import BoosterParameters
from training.fit import FitOptions, FittedVersion
from training.progress import silent
from training.settings import read_settings
from training.table import read_leads
from training.window import EVERYTHING, Window

BATCH = 500
Probabilities = npt.NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two versions."""

    looking: FittedVersion
    """Looks at behaviour."""
    plain: FittedVersion
    """The same recipe, and what a lead says of itself alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedAnswers:
    """What a server said of customers, in their order: (n,) each."""

    looking: Probabilities
    plain: Probabilities
    again: Probabilities
    """What the first version says offline, of the log as of the moment of each answer."""
    warning_count: int


def fit_pair(
    folder: Path, customers: Sequence[Customer], booster: BoosterParameters, window: Window | None = EVERYTHING
) -> tuple[Trainer, Pair]:
    """Train both versions on files of customers, through what ``python -m training fit`` runs; register them."""
    folder.mkdir(parents=True, exist_ok=True)
    leads, events = folder / "leads.csv", folder / "events.csv"
    mapping = write_leads(leads, customers)
    write_events(events, customers)
    trainer = build_trainer(read_settings(_environment(folder)), {})
    table = read_leads(leads, mapping)
    made = [
        trainer.fit(one, booster, FitOptions(must_beat_base_rate=False, with_curve=False), silent, window=window)
        for one in (with_behavior(table, read_events(events), LEAD_PLAN), table)
    ]
    for number, fitted in enumerate(made):
        trainer.registry.register(LOCAL_CALLER, f"fit-{number}", fitted.files, "repeat purchase")
    looking, plain = made
    trainer.registry.activate(
        LOCAL_CALLER, "serve", LEAD_SCORE, _name(looking), expected=None, reason="it looks at behaviour"
    )
    return trainer, Pair(looking=looking, plain=plain)


def ask_server(folder: Path, pair: Pair, customers: Sequence[Customer]) -> ServedAnswers:
    """Record what customers bought before the moment, and ask a server for their scores.

    All times are moved by the same whole days, so that the moment is the last midnight before now.
    """
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    shift = midnight - MOMENT
    leads = [_lead(customer, shift) for customer in customers]
    with served_here(folder) as (_, stubs):
        _record(stubs, customers, shift)
        answers = _scores(stubs, leads, "")
        plain = _scores(stubs, leads, _name(pair.plain))
    return ServedAnswers(
        looking=np.array([answer.probability for answer in answers]),
        plain=np.array([answer.probability for answer in plain]),
        again=_offline(folder, pair.looking, leads, answers),
        warning_count=sum(len(answer.warnings) for answer in (*answers, *plain)),
    )


def _record(stubs: Stubs, customers: Sequence[Customer], shift: timedelta) -> None:
    known = (order for order in orders_of(customers) if order[2].time < MOMENT)
    for some in _batches(known):
        events = [
            event_pb2.Event(
                event_id=event_id,
                lead_id=customer.customer_id,
                kind=event_pb2.EVENT_KIND_ITEM_PURCHASED,
                occurred_time=_timestamp(purchase.time + shift),
                quantity=purchase.quantity,
                value=purchase.value,
            )
            for event_id, customer, purchase in some
        ]
        response = stubs.events.RecordEvents(event_service_pb2.RecordEventsRequest(events=events))
        assert all(result.status == event_service_pb2.EVENT_STATUS_RECORDED for result in response.results)


def _scores(stubs: Stubs, leads: Sequence[lead_pb2.Lead], version: str) -> list[Any]:
    found = []
    for some in _batches(leads):
        request = scoring_service_pb2.BatchScoreRequest(leads=some, model_version=version)
        found.extend(result.result for result in stubs.scoring.BatchScore(request).results)
    return found


def _offline(
    folder: Path, fitted: FittedVersion, leads: Sequence[lead_pb2.Lead], answers: Sequence[Any]
) -> Probabilities:
    """Return what the version says of the recorded events as of the moment of each answer."""
    database = open_database(database_url(folder))
    events = EventColumns.of(SqlEventLog(database, lambda: datetime.now(UTC)).all(LOCAL_CALLER.tenant))
    database.close()
    moments = [answer.score_time.ToDatetime(tzinfo=UTC) for answer in answers]
    rows = [
        AsOf(lead_id=lead.lead_id, moment_us=microseconds_of(moment))
        for lead, moment in zip(leads, moments, strict=True)
    ]
    values = DuckDbBackfill(LEAD_PLAN).values(events, rows)
    model = offline_model(fitted.files)
    read = [lead_from_wire(lead, "lead") for lead in leads]
    vectors = model.feature_set.matrix(read, moments, behavior=values)
    return np.array([scored.probability for scored in model.score(vectors)])


def _lead(customer: Customer, shift: timedelta) -> lead_pb2.Lead:
    first = customer.purchases[0]
    posted = _timestamp(first.time + shift)
    return lead_pb2.Lead(lead_id=customer.customer_id, posted_time=posted, price=first.value)


def _timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _name(fitted: FittedVersion) -> Any:
    return offline_model(fitted.files).version.manifest.version


def _environment(folder: Path) -> dict[str, str]:
    return {
        "LEADLINE_DATABASE_URL": database_url(folder),
        "LEADLINE_MODEL_DIR": str(model_dir(folder)),
        "LEADLINE_TFIDF_MAX_FEATURES_TITLE": "0",
        "LEADLINE_TFIDF_MAX_FEATURES_DESC": "0",
    }


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, BATCH)):
        yield some
