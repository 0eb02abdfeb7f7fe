"""``python -m tests.benchmarks.actions.speed``: how long AssessHealth and NextBestActions take with 200 candidates.

A server process of its own on SQLite with a fitted model, leads with records, events and outcomes, a catalogue of
actions that all may be taken, and real calls over gRPC, one after the other and at a steady rate.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

# Before gRPC is loaded: what it does at a fork can crash the child that becomes a server of another user.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # noqa: TID251

import grpc
from google.protobuf.duration_pb2 import Duration
from grpc_health.v1 import health_pb2
from leadline.v1 import (
    action_catalog_service_pb2,
    action_pb2,
    criterion_pb2,
    event_pb2,
    event_service_pb2,
    intelligence_service_pb2,
    lead_service_pb2,
)

from core.caller import LOCAL_CALLER
from core.version import LEAD_SCORE
from server.convert.times import time_to_wire
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.benchmarks.recommend_speed import Taken
from tests.parts.fitted import make_home, open_registry, small_version
from tests.parts.serving import Stubs, served_apart

SEED = 42
ACTIONS = 200
LEADS = 500
EVENTS_EACH, OUTCOMES_EACH = 20, 4
CALLS = 2_000
PER_SECOND = 50.0
"""Calls of the steady rate."""
BAR_MS = 10.0
TIMEOUT_SECONDS = 10.0
HEADER = ("what", "calls", "p50, ms", "p99, ms", "the longest, ms", "errors", "bar for the p99, ms")
_INTRODUCTION = (
    "`python -m tests.benchmarks.actions.speed --write`: {actions} actions that all may be taken, with eligibility, "
    "context weights, caps per lead, agent and day, cool-downs and quiet hours; {leads} leads with a record, "
    "{events} events and {outcomes} outcomes each. One server process on SQLite, one caller on the same machine; no "
    "call is tried again. {facts}"
)
_KINDS = ("EVENT_KIND_ITEM_VIEWED", "EVENT_KIND_ITEM_SAVED")
_OUTCOMES = ("ACCEPTED", "CONVERTED", "NOT_CONVERTED", "NOT_NOW")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if a bar does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.actions.speed", description=__doc__)
    parser.add_argument("--write", action="store_true", help="Write the figures to docs/conversation.md.")
    parser.add_argument("--actions", type=int, default=ACTIONS)
    parser.add_argument("--leads", type=int, default=LEADS)
    parser.add_argument("--calls", type=int, default=CALLS)
    parsed = parser.parse_args(arguments)
    taken = _served(parsed.actions, parsed.leads, parsed.calls)
    rows = [one.cells() for one in taken]
    sys.stdout.write(f"{plain_table(HEADER, rows)}\n")
    if parsed.write:
        text = _INTRODUCTION.format(
            actions=parsed.actions,
            leads=parsed.leads,
            events=EVENTS_EACH,
            outcomes=OUTCOMES_EACH,
            facts=machine_facts(),
        )
        write_section("decisions", f"{text}\n\n{markdown_table(HEADER, rows)}", PAGE)
    return int(not all(one.holds for one in taken))


def _served(actions: int, leads: int, calls: int) -> list[Taken]:
    with tempfile.TemporaryDirectory(prefix="leadline-actions-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        make_home(home)
        with open_registry(home) as registry:
            registry.activate(LOCAL_CALLER, "a", LEAD_SCORE, small_version(0).name, expected="", reason="a benchmark")
        settings = {"poll_seconds": 0.25, "max_workers": 16, "queue_calls": 2_000}
        with served_apart(home, **settings) as server, Stubs(server.wait_until_serving()) as stubs:
            _fill(stubs, actions, leads)
            return _measure(stubs, actions, leads, calls)


def _measure(stubs: Stubs, actions: int, leads: int, calls: int) -> list[Taken]:
    def assess(number: int) -> object:
        request = intelligence_service_pb2.AssessHealthRequest(lead_id=_lead(number % leads))
        return stubs.intelligence.AssessHealth(request, timeout=TIMEOUT_SECONDS)

    def decide(number: int, *, explain: bool = False) -> intelligence_service_pb2.NextBestActionsResponse:
        request = intelligence_service_pb2.NextBestActionsRequest(
            lead_id=_lead(number % leads), agent_id=f"agent-{number % 7}", explain=explain
        )
        return stubs.intelligence.NextBestActions(request, timeout=TIMEOUT_SECONDS)

    def nothing(_number: int) -> object:
        return stubs.health.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_SECONDS)

    for number in range(leads):
        decide(number)
    _check_candidates(decide(0, explain=True), actions)
    explained = f"NextBestActions with all reasons, {actions} candidates"
    return [
        _serial("a health check, for comparison", None, nothing, calls),
        _serial("AssessHealth", BAR_MS, assess, calls),
        _serial(f"NextBestActions, {actions} candidates", BAR_MS, decide, calls),
        _serial(explained, None, lambda number: decide(number, explain=True), calls),
        _steady(f"both by turns, {PER_SECOND:g} a second", (assess, decide), calls),
    ]


def _check_candidates(answer: intelligence_service_pb2.NextBestActionsResponse, actions: int) -> None:
    """Make sure that what is measured is what is said."""
    below = [one for one in answer.dropped_actions if one.reason == action_pb2.DROP_REASON_BELOW_LIMIT]
    if len(below) + len(answer.actions) < 0.95 * actions:
        message = f"only {len(below) + len(answer.actions)} of {actions} actions are candidates"
        raise AssertionError(message)


def _serial(name: str, bar: float | None, call: Callable[[int], object], calls: int) -> Taken:
    taken = Taken(name=name, bar=bar)
    for number in range(calls):
        _timed(taken, time.perf_counter(), lambda number=number: call(number))
    return taken


def _steady(name: str, calls_of: Sequence[Callable[[int], object]], calls: int) -> Taken:
    """Call when it is due, whatever became of the call before; a late one waits longer."""
    taken = Taken(name=name, bar=BAR_MS)
    begun = time.perf_counter() + 0.1
    for number in range(calls):
        due = begun + number / PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        _timed(taken, due, lambda number=number: calls_of[number % len(calls_of)](number))
    return taken


def _timed(taken: Taken, since: float, call: Callable[[], object]) -> None:
    try:
        call()
    except grpc.RpcError as failed:
        taken.errors[failed.code().name] += 1
    else:
        taken.milliseconds.append((time.perf_counter() - since) * 1e3)


def _fill(stubs: Stubs, actions: int, leads: int) -> None:
    random = Random(SEED)
    catalog = action_pb2.ActionCatalog(
        actions=[_action(random, number) for number in range(actions)],
        quiet_hours=[_quiet(random)],
        lead_cap=action_pb2.ContactCap(count=1_000, window=_days(30)),
        agent_cap=action_pb2.ContactCap(count=10_000, window=_days(1)),
        exploration=0.05,
    )
    request = action_catalog_service_pb2.PublishActionCatalogRequest(request_id="catalogue", catalog=catalog)
    stubs.action_catalogs.PublishActionCatalog(request, timeout=TIMEOUT_SECONDS)
    for start in range(0, leads, 500):
        numbers = range(start, min(start + 500, leads))
        writes = lead_service_pb2.UpsertLeadsRequest(request_id=f"leads-{start}")
        for number in numbers:
            _add_lead(random, writes, number)
        stubs.leads.UpsertLeads(writes, timeout=TIMEOUT_SECONDS)
    events = [_event(random, number, n) for number in range(leads) for n in range(EVENTS_EACH)]
    for start in range(0, len(events), 500):
        stubs.events.RecordEvents(
            event_service_pb2.RecordEventsRequest(events=events[start : start + 500]), timeout=TIMEOUT_SECONDS
        )
    for number in range(leads):
        for n in range(OUTCOMES_EACH):
            stubs.intelligence.RecordActionOutcome(_outcome(random, number, n, actions), timeout=TIMEOUT_SECONDS)


def _add_lead(random: Random, request: lead_service_pb2.UpsertLeadsRequest, number: int) -> None:
    lead = request.leads.add().lead
    lead.lead_id, lead.title, lead.email, lead.phone = _lead(number), f"Flat {number}", "a@b.example", "1"
    lead.price = float(random.randrange(100, 900))
    lead.attributes["time_zone"].text = random.choice(("UTC", "Europe/Vienna", "America/New_York"))
    for channel in ("call", "email", "sms"):
        lead.attributes[f"consent_{channel}"].flag = True
    for n in range(10):
        lead.attributes[f"field_{n}"].number = random.random()


def _action(random: Random, number: int) -> action_pb2.Action:
    def compared(field: str, least: float) -> criterion_pb2.Criterion:
        operator = criterion_pb2.COMPARISON_OPERATOR_AT_LEAST
        return criterion_pb2.Criterion(comparison={"field": field, "operator": operator, "number": least})

    eligible = [compared("lead.price", 100.0), compared("health.score", 0.0), compared("health.confidence", 0.0)]
    action = action_pb2.Action(
        action_id=f"action-{number}",
        title=f"Action {number}",
        category=1 + number % 4,
        group=f"group-{number % 12}",
        channel=("call", "email", "sms", "")[number % 4],
        eligibility=criterion_pb2.Criterion(all=criterion_pb2.CriterionList(criteria=eligible)),
        cool_down=action_pb2.CoolDown(action=_minutes(1), group=_minutes(1), channel=_minutes(1)),
        lead_cap=action_pb2.ContactCap(count=100, window=_days(30)),
        agent_cap=action_pb2.ContactCap(count=1_000, window=_days(1)),
        daily_cap=1_000_000,
        needs_consent=number % 4 != 3,
        value=100.0 + number,
        priority=float(number % 100),
        wording="Hello, about {lead.title}. It costs {lead.price}.",
    )
    for name in random.sample([f"lead.attributes.field_{n}" for n in range(10)], 3):
        action.context_weights.add(criterion=compared(name, random.random()), percent=20.0, reason=f"{name} is high")
    return action


def _quiet(random: Random) -> action_pb2.QuietHours:
    """Return hours of another time of the day than now in any zone that leads have, so that nothing is left out."""
    hour = (datetime.now(UTC).hour + 9 + random.randrange(2)) % 24
    return action_pb2.QuietHours(start_minute=60 * hour, end_minute=60 * hour + 30)


def _event(random: Random, number: int, n: int) -> event_pb2.Event:
    return event_pb2.Event(
        event_id=f"{number}-{n}",
        lead_id=_lead(number),
        kind=event_pb2.EventKind.Value(random.choice(_KINDS)),
        item_id=f"item-{random.randrange(50)}",
        occurred_time=time_to_wire(datetime.now(UTC) - timedelta(minutes=random.randrange(1, 60 * 24 * 20))),
    )


def _outcome(random: Random, number: int, n: int, actions: int) -> intelligence_service_pb2.RecordActionOutcomeRequest:
    return intelligence_service_pb2.RecordActionOutcomeRequest(
        request_id=f"outcome-{number}-{n}",
        lead_id=_lead(number),
        action_id=f"action-{random.randrange(actions)}",
        outcome=action_pb2.ActionOutcome.Value(f"ACTION_OUTCOME_{random.choice(_OUTCOMES)}"),
        outcome_time=time_to_wire(datetime.now(UTC) - timedelta(minutes=random.randrange(5, 60 * 24 * 20))),
        agent_id=f"agent-{random.randrange(7)}",
    )


def _lead(number: int) -> str:
    return f"lead-{number}"


def _minutes(count: int) -> Duration:
    return Duration(seconds=60 * count)


def _days(count: int) -> Duration:
    return Duration(seconds=86_400 * count)


if __name__ == "__main__":
    raise SystemExit(main())
