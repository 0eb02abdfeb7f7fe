"""Feedback, training, workers and beats, each killed at any moment."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random

from leadline.v1 import lead_pb2, lead_service_pb2, model_pb2, model_service_pb2
from sqlalchemy import text

from core.adapters.admission import admit_in_child
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import LOCAL_CALLER
from core.errors import LeadlineError
from core.registry.model_registry import ModelRegistry
from core.version import LEAD_SCORE, VersionState
from tests.e2e.chaos.crew import Crew
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.homes import Bench, Home
from tests.e2e.chaos.processes import PROCESSES, Server, serving, signal_to
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.told import Told, stored_feedback, summed, telling
from tests.parts.redis_server import running_redis
from tests.parts.serving import Stubs

TITLE = "Learning, killed at any moment"
WORKERS, BEATS = 2, 3
LEADS = 4_000
WRITES_AT_ONCE = 500
SETTLE_SECONDS = 180.0
TRAINING_SECONDS = 20.0
"""Longest wait for a process that trains, when one is to be killed."""
SETTINGS: Mapping[str, object] = {
    "LEADLINE_RETRAIN_CHECK_SECONDS": 3,
    "LEADLINE_RETRAIN_MIN_SPACING_SECONDS": 0,
    "LEADLINE_RETRAIN_MAX_RUNS_PER_DAY": 10_000,
    "LEADLINE_PENDING_RUNS_SECONDS": 1,
    "LEADLINE_FEEDBACK_AGGREGATION_SECONDS": 3,
    "LEADLINE_MODELS_KEPT": 0,
}
_AT_WORK = text("SELECT count(*) FROM training_runs WHERE state IN ('pending', 'running')")
_RUNS = text("SELECT trigger_window, state, decision, version, attempt FROM training_runs")


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Tell how leads ended while processes are killed, then look at what is there."""
    report, random = Report("learning", TITLE), Random(seed)
    home, leads = bench.postgres_home(), _leads(seed)
    database = open_database(home.database_url)
    settings = {**SETTINGS, "LEADLINE_MODEL_DIR": home.models}
    killed: Counter[str] = Counter()
    with (
        running_redis("--maxmemory-policy", "noeviction") as broker,
        serving(home.folder, processes=PROCESSES, **home.settings) as server,
        Crew(home.database_url, broker.url, settings, workers=WORKERS, beats=BEATS) as crew,
    ):
        _store(server, leads)
        pause = effort.kills * 0.012
        with telling(server.target, {lead: won for lead, (won, _) in leads.items()}, threads=4, pause=pause) as told:
            for _ in range(effort.kills):
                time.sleep(random.uniform(0.1, 1.5))
                killed[_kill(random, server, crew)] += 1
        server.wait_until_serving()
        settled = _settle(database)
        _check_feedback(report, server, told)
        _check_runs(report, database, settled=settled, tail=crew.tail)
        _check_versions(report, home, database, server)
    database.close()
    report.note(
        f"{sum(killed.values())} SIGKILLs ({summed(killed)}) while {len(told.sent):,} pieces of feedback were sent "
        f"{told.tries:,} times; {BEATS} beats, {WORKERS} workers, {PROCESSES} server processes."
    )
    return report


def _leads(seed: int) -> dict[str, tuple[bool, float]]:
    """Return lead to (whether it converts, how often it visited): visits tell, with noise."""
    random = Random(seed)
    visits = {f"lead-{number:05d}": random.uniform(0.0, 10.0) for number in range(LEADS)}
    return {lead: (random.random() < count / 12.0, count) for lead, count in visits.items()}


def _store(server: Server, leads: Mapping[str, tuple[bool, float]]) -> None:
    names = list(leads)
    with Stubs(server.target) as stubs:
        for start in range(0, len(names), WRITES_AT_ONCE):
            request = lead_service_pb2.UpsertLeadsRequest(request_id=f"leads-{start}")
            for name in names[start : start + WRITES_AT_ONCE]:
                lead = lead_pb2.Lead(lead_id=name)
                lead.attributes["visits"].number = leads[name][1]
                request.leads.add(lead=lead)
            stubs.leads.UpsertLeads(request, timeout=30)


def _kill(random: Random, server: Server, crew: Crew) -> str:
    """End something at once and return what it was; something else if what was drawn is not there."""
    ways: dict[str, Callable[[], bool]] = {
        "training process": lambda: _when_training(crew, random),
        "worker": lambda: crew.kill_one("worker", random),
        "task process": lambda: crew.kill_task(random),
        "beat": lambda: crew.kill_one("beat", random),
        "server process": lambda: signal_to(random.choice(server.workers() or [0]), signal.SIGKILL),
    }
    drawn = random.choices(list(ways), weights=(4, 2, 1, 1, 2))[0]
    if ways[drawn]():
        return drawn
    crew.kill_one("beat", random)
    return "beat"


def _when_training(crew: Crew, random: Random) -> bool:
    give_up = time.monotonic() + TRAINING_SECONDS
    while not crew.training():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    time.sleep(random.uniform(0.0, 3.0))
    return crew.kill_training(random)


def _settle(database: Database) -> bool:
    """Wait until no run waits or is at work; returns whether that came."""
    give_up = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < give_up:
        with database.read(ALL_TENANTS) as connection:
            if connection.scalar(_AT_WORK) == 0:
                return True
        time.sleep(0.2)
    return False


def _check_feedback(report: Report, server: Server, told: Told) -> None:
    faults = told.faults(stored_feedback(server.target))
    of = f"{len(told.acknowledged):,} acknowledged"
    report.none("acknowledged feedback missing or changed", faults["missing or changed"], of=of)
    report.none("feedback there twice", faults["twice"], of=of)
    report.none("feedback nobody sent", faults["foreign"])


def _check_runs(report: Report, database: Database, *, settled: bool, tail: Callable[[], str]) -> None:
    with database.read(ALL_TENANTS) as connection:
        runs = connection.execute(_RUNS).all()
    windows = Counter(run.trigger_window for run in runs)
    made = Counter(run.version for run in runs if run.version)
    report.check("runs asked for", bar="at least 1", figure=f"{len(runs):,}", held=bool(runs))
    report.none("windows with more than one run", sum(count > 1 for count in windows.values()), of=f"{len(windows):,}")
    report.none("versions made by two runs", sum(count > 1 for count in made.values()), of=f"{len(made):,}")
    report.check("every run came to its end", bar="yes", figure="yes" if settled else tail()[-300:], held=settled)
    again = sum(run.attempt > 1 for run in runs)
    states = Counter(f"{run.state} {run.decision}".strip() for run in runs)
    report.note(f"{len(runs):,} runs ({summed(states)}), {again:,} of them begun more than once.")


def _check_versions(report: Report, home: Home, database: Database, server: Server) -> None:
    registry = ModelRegistry(SqlRegistryStore(database, _now), FolderArtifacts(home.models), admit_in_child, _now)
    page = registry.list(LOCAL_CALLER.tenant, LEAD_SCORE, limit=1_000, after=None)
    listed = [one.manifest.version for one in page.items if one.state is not VersionState.RETIRED]
    report.none(
        "listed versions whose files fail", sum(not _loads(registry, name) for name in listed), of=f"{len(listed):,}"
    )
    with Stubs(server.target) as stubs:
        events = stubs.models.ListModelEvents(model_service_pb2.ListModelEventsRequest(page_size=1_000), timeout=30)
    activated = [event for event in events.events if event.type == model_pb2.MODEL_EVENT_TYPE_ACTIVATED]
    learned = [event for event in activated if event.reason != "chaos"]
    bare = sum(not event.evidence for event in learned)
    report.none("activations without evidence", bare, of=f"{len(learned):,}")


def _loads(registry: ModelRegistry, version: str) -> bool:
    try:
        registry.load(LOCAL_CALLER.tenant, LEAD_SCORE, version)
    except LeadlineError:
        return False
    return True


def _now() -> datetime:
    return datetime.now(UTC)
