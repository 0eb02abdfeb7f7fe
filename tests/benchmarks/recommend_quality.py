"""``python -m tests.benchmarks.recommend_quality``: what the Recommend call finds on MovieLens, and that it tells why.

A recommender is fitted on each user's older interactions, registered and activated; these are recorded as events; then
every user asks for 20 items. Every reason is checked against the events and the catalogue.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# Before gRPC is loaded: what it does at a fork can crash the child that becomes a server of another user.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # noqa: TID251

import grpc
import numpy as np
from leadline.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    event_pb2,
    event_service_pb2,
    event_service_pb2_grpc,
    recommendation_service_pb2_grpc,
)
from leadline.v1 import recommendation_service_pb2 as pb

from core.adapters.sql.engine import open_database
from core.caller import LOCAL_CALLER
from core.event import MICROSECONDS
from core.recommend.interaction import Interaction
from core.recommend.item import Item
from core.version import RECOMMENDATION
from server.convert.catalog import item_to_wire
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.learning_page import write_section
from tests.parts.fitted import database_url, open_registry
from tests.parts.movielens import DATA, FILE_NAME, read_catalogue, read_histories
from tests.parts.reason_checker import World, check_answer
from tests.parts.serving import served_apart
from training.recommend.evaluate import CUTOFF, Ranking, Task, make_task, paired_metric, rank
from training.recommend.fit import FittedRecommender, ease_scores, fit_recommender, served_scores
from training.recommend.interactions import InteractionTable, split_newest, table_of
from training.recommend.single_thread import single_thread

SEED = 42
_AT_ONCE = 500
_TIMEOUT_SECONDS = 30.0
_DAY_SECONDS = 86_400
_READY_SECONDS = 60.0
_HEADER = ("recommender", "recall@20", "NDCG@20")
_DIVERSITIES = (0.0, 0.2)
_INTRODUCTION = (
    "`python -m tests.benchmarks.recommend_quality --write`: the newest fifth of each user's interactions in "
    "movielens_100k is to be found by those before it. {users:,} users asked over gRPC for 20 items; {reasons:,} "
    "reasons, every one true by the events and the catalogue."
)


@dataclass(frozen=True)
class Asked:
    """What all users got."""

    scores: np.ndarray
    """(l, items): 20 for the first item, 1 for the last, 0 for those that were not among them."""
    reasons: int


class Caller:
    """Stubs of one server."""

    def __init__(self, target: str) -> None:
        self.channel = grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)])
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(self.channel)
        self.events = event_service_pb2_grpc.EventServiceStub(self.channel)
        self.recommendations = recommendation_service_pb2_grpc.RecommendationServiceStub(self.channel)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if the call finds less than tuned EASE."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recommend_quality", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="Folder of the public data sets.")
    parser.add_argument("--write", action="store_true", help="Write the figures to docs/behavior.md.")
    parsed = parser.parse_args(arguments)
    if not (parsed.data / FILE_NAME).is_file():
        sys.stdout.write(f"Skipped: {FILE_NAME} is not in the data folder.\n")
        return 0
    items = read_catalogue(parsed.data)
    table = table_of(_shifted(read_histories(parsed.data))).of_catalogue([item.item_id for item in items])
    older, held = split_newest(table, 0.2)
    task = make_task(older, held)
    fitted = fit_recommender(older, items, now=datetime.now(UTC))
    with single_thread():
        ease = rank(task, ease_scores(task, fitted.choice.plain_ease))
        inside = rank(task, served_scores(fitted.model, task))
    asked = _ask(fitted, items, task)
    called = {diversity: rank(task, one.scores) for diversity, one in asked.items()}
    rows = [_cells("EASE, tuned", ease), _cells("ours, in process", inside)]
    rows += [_cells(f"ours, by Recommend, diversity {diversity:g}", found) for diversity, found in called.items()]
    gains = [
        paired_metric(name, ours, other, SEED)
        for name, ours, other in (
            ("recall@20", called[0.0].recall[CUTOFF], ease.recall[CUTOFF]),
            ("NDCG@20", called[0.0].ndcg[CUTOFF], ease.ndcg[CUTOFF]),
        )
    ]
    told = "; ".join(f"{one.name} {one.value:+.4f} ({one.lower:+.4f} to {one.upper:+.4f})" for one in gains)
    sys.stdout.write(f"{plain_table(_HEADER, rows)}\nRecommend minus tuned EASE: {told}\n")
    if parsed.write:
        reasons = sum(one.reasons for one in asked.values())
        text = _INTRODUCTION.format(users=task.leads.size, reasons=reasons)
        text = f"{text}\n\n{markdown_table(_HEADER, rows)}\n\nRecommend minus tuned EASE: {told}."
        write_section("recommend_quality", text, PAGE)
    return int(any(one.value < 0.0 for one in gains))


def _shifted(histories: Mapping[str, Sequence[Interaction]]) -> dict[str, list[Interaction]]:
    """Return histories moved in time so that the newest is of yesterday: the log refuses what is of another decade."""
    newest = max(one.occurred_us for history in histories.values() for one in history)
    by = (int(time.time()) - _DAY_SECONDS) * MICROSECONDS - newest
    return {
        lead_id: [one._replace(occurred_us=one.occurred_us + by) for one in history]
        for lead_id, history in histories.items()
    }


def _cells(name: str, found: Ranking) -> list[str]:
    return [name, f"{found.recall[CUTOFF].mean():.4f}", f"{found.ndcg[CUTOFF].mean():.4f}"]


def _ask(fitted: FittedRecommender, items: Sequence[Item], task: Task) -> dict[float, Asked]:
    with tempfile.TemporaryDirectory(prefix="leadline-quality-") as folder:
        home = Path(folder)
        database = open_database(database_url(home))
        database.migrate()
        database.close()
        version = fitted.manifest.version
        with open_registry(home) as registry:
            registry.register(LOCAL_CALLER, "register", fitted.files, "a benchmark")
            registry.activate(LOCAL_CALLER, "activate", RECOMMENDATION, version, expected="", reason="a benchmark")
        with served_apart(home, poll_seconds=0.25) as server:
            caller = Caller(server.wait_until_serving())
            _fill(caller, items, task.history)
            return {diversity: _answers(caller, items, task, version, diversity) for diversity in _DIVERSITIES}


def _fill(caller: Caller, items: Sequence[Item], table: InteractionTable) -> None:
    wires = [item_to_wire(item) for item in items]
    for start in range(0, len(wires), _AT_ONCE):
        request = catalog_service_pb2.UpsertItemsRequest(request_id=f"i{start}", items=wires[start : start + _AT_ONCE])
        caller.catalog.UpsertItems(request, timeout=_TIMEOUT_SECONDS)
    events = [_event(table, row) for row in range(len(table))]
    for start in range(0, len(events), _AT_ONCE):
        request = event_service_pb2.RecordEventsRequest(events=events[start : start + _AT_ONCE])
        answer = caller.events.RecordEvents(request, timeout=_TIMEOUT_SECONDS)
        if answer.recorded_count != len(request.events):
            message = f"only {answer.recorded_count} of {len(request.events)} events were recorded"
            raise RuntimeError(message)


def _event(table: InteractionTable, row: int) -> event_pb2.Event:
    wire = event_pb2.Event(
        # Ids in the order of the rows: among events of one moment the greater id is the newer one.
        event_id=f"row-{row:07d}",
        lead_id=table.lead_ids[table.leads[row]],
        item_id=table.item_ids[table.items[row]],
        kind=event_pb2.EVENT_KIND_ITEM_VIEWED,
    )
    wire.occurred_time.seconds = int(table.occurred_us[row]) // MICROSECONDS
    return wire


def _answers(caller: Caller, items: Sequence[Item], task: Task, version: str, diversity: float) -> Asked:
    table = task.history
    index = {item_id: position for position, item_id in enumerate(table.item_ids)}
    wires = {item.item_id: item_to_wire(item) for item in items}
    starts = table.starts()
    scores = np.zeros((task.leads.size, len(index)), dtype=np.float32)
    reasons = 0
    for at, lead in enumerate(task.leads):
        request = pb.RecommendRequest(lead_id=table.lead_ids[lead], limit=CUTOFF, diversity=diversity)
        answer = _served(caller, request, version)
        events = [_event(table, row) for row in range(starts[lead], starts[lead + 1])]
        reasons += check_answer(answer, World(items=wires, events=events))
        for place, one in enumerate(answer.recommendations):
            scores[at, index[one.item.item_id]] = CUTOFF - place
    return Asked(scores=scores, reasons=reasons)


def _served(caller: Caller, request: pb.RecommendRequest, version: str) -> pb.RecommendResponse:
    """Return an answer of the version over the whole catalogue; waits while it is being loaded."""
    ends = time.monotonic() + _READY_SECONDS
    while True:
        answer = caller.recommendations.Recommend(request, timeout=_TIMEOUT_SECONDS)
        if answer.model_version == version and len(answer.recommendations) == request.limit:
            return answer
        if time.monotonic() > ends:
            raise TimeoutError(version)
        time.sleep(0.1)


if __name__ == "__main__":
    raise SystemExit(main())
