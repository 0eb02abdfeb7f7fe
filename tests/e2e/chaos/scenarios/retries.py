"""Each write sent one to five times, in any order, from several connections, across kills."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from random import Random

from leadline.v1 import lead_service_pb2 as pb

from tests.e2e.chaos.aftermath import check_record
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import PROCESSES, Server, serving
from tests.e2e.chaos.record import Record
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.requests import write_request
from tests.e2e.chaos.verdicts import OK
from tests.e2e.chaos.writers import LeadCalls

TITLE = "Writes that are repeated, across kills"
CONNECTIONS = 8
MOST_TIMES = 5
WRITES_PER_KILL = 1_200
"""Of the plan, between two kills."""
OTHER_BODIES = 100
PAUSE_SECONDS = 0.02
"""After a write that was not acknowledged."""


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Send them all, killing a server process now and then."""
    report, random, record = Report("retries", TITLE), Random(seed), Record()
    home = bench.postgres_home()
    requests = [write_request(f"again-{number}") for number in range(effort.writes)]
    plan = [request for request in requests for _ in range(random.randint(1, MOST_TIMES))]
    random.shuffle(plan)
    kills = max(2, len(plan) // WRITES_PER_KILL)
    with serving(home.folder, processes=PROCESSES, **home.settings) as server:
        _send(random, server, record, plan, kills)
        server.wait_until_serving()
        counts = record.counts()
        told = f"{counts['ok']:,} answered, {counts['refused']:,} refused, {counts['unknown']:,} unknown"
        report.note(
            f"{len(requests):,} writes sent {len(plan):,} times over {CONNECTIONS} connections, {kills} processes "
            f"killed meanwhile: {told}."
        )
        check_record(report, server.target, record)
        other = _sent_with_another_body(server, requests[:OTHER_BODIES])
        report.none("request ids taken again with another body", other, of=f"{len(requests[:OTHER_BODIES])}")
        check = LeadCalls(server.target, record, retries=True)
        verdict = record.check(check.stored())
        check.close()
        report.none("faults in the record after that", verdict.faults)
    return report


def _send(random: Random, server: Server, record: Record, plan: Sequence[pb.UpsertLeadsRequest], kills: int) -> None:
    moments = sorted(random.randrange(len(plan) // 20, len(plan)) for _ in range(kills))
    at, lock = iter(range(len(plan))), threading.Lock()
    sent = [0]

    def caller() -> None:
        calls = LeadCalls(server.target, record, retries=False, timeout=5)
        while True:
            with lock:
                position = next(at, None)
                sent[0] = len(plan) if position is None else position
            if position is None:
                break
            if calls.write(plan[position]) != OK:
                time.sleep(PAUSE_SECONDS)
        calls.close()

    threads = [threading.Thread(target=caller, daemon=True) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for moment in moments:
        while sent[0] < moment:
            time.sleep(0.002)
        server.wait_until_serving()
        server.kill_worker(random)
    for thread in threads:
        thread.join()


def _sent_with_another_body(server: Server, requests: Sequence[pb.UpsertLeadsRequest]) -> int:
    calls = LeadCalls(server.target, Record(), retries=True)
    accepted = 0
    for request in requests:
        other = pb.UpsertLeadsRequest()
        other.CopyFrom(request)
        other.leads[0].lead.title += "!"
        accepted += calls.code_of_unrecorded(other) != "ALREADY_EXISTS refused"
    calls.close()
    return accepted
