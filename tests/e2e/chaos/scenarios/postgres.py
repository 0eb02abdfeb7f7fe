"""PostgreSQL killed, frozen, cut off and unreachable, while leads are scored and written."""

from __future__ import annotations

import time
from random import Random

from tests.e2e.chaos.aftermath import check_record, check_scores
from tests.e2e.chaos.callers import Load, Made, callers
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.faults import Fault, Outage, outages
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import PROCESSES, serving
from tests.e2e.chaos.proxy import Proxy, to_unix_socket
from tests.e2e.chaos.record import Record
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.requests import score_file
from tests.e2e.chaos.writers import Writers, writing

TITLE = "PostgreSQL killed, frozen and out of reach"
WRITE_DEADLINE_SECONDS = 2.0
RECOVERY_SECONDS = 30.0
SCORES_PER_SECOND = 100.0
USER = "leadline"


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Bring about each outage once, or in the short form some of them."""
    report, random, record = Report("postgres", TITLE), Random(seed), Record()
    home, postgres = bench.postgres_home(), bench.postgres
    database = home.folder.name.replace("-", "_")
    with Proxy(to_unix_socket(postgres.socket)) as proxy, callers(2) as processes:
        settings = {**home.settings, "database_url": f"postgresql://{USER}@127.0.0.1:{proxy.port}/{database}"}
        faults = [
            Fault("killed", postgres.kill, postgres.start),
            Fault("frozen", postgres.freeze, postgres.thaw),
            Fault("out of reach", proxy.freeze, proxy.thaw),
            Fault("connections cut", proxy.cut, proxy.cut),
        ]
        with serving(home.folder, processes=PROCESSES, **settings) as server:
            load = Load(path=score_file(home.folder), rate=SCORES_PER_SECOND, seconds=600, retries=False)
            scores = processes.begin(server.target, load)
            with writing(server.target, record, timeout=WRITE_DEADLINE_SECONDS) as writers:
                seen = []
                drawn = random.sample(faults, effort.outages)
                for outage in outages(random, drawn, seconds=effort.outage_seconds, calm_seconds=1.5):
                    recovered = writers.wait_for_ok(outage.end, RECOVERY_SECONDS)
                    seen.append((outage, recovered))
                time.sleep(1.0)
            made = scores.finish(early=True)
            _tell(report, seen, writers, made)
            check_record(report, server.target, record)
    return report


def _tell(report: Report, seen: list[tuple[Outage, bool]], writers: Writers, made: Made) -> None:
    for outage, recovered in seen:
        scored = made.between(outage.begin, outage.end)
        written = writers.counts(outage.begin, outage.end)
        wrote = ", ".join(f"{number:,} {verdict}" for verdict, number in written.most_common())
        check_scores(report, scored, while_=outage.name)
        seconds = writers.first_ok_after(outage.end)
        bar = f"by itself, < {RECOVERY_SECONDS:g} s"
        report.check(f"{outage.name}: writes again", bar=bar, figure=f"{seconds:.1f} s", held=recovered)
        report.note(
            f"{outage.name}, {outage.end - outage.begin:.0f} s: Score p99 {scored.p99():.1f} ms; writes: {wrote}."
        )
    counts = writers.counts()
    unanswered = sum(number for verdict, number in counts.items() if verdict.startswith("DEADLINE_EXCEEDED lost"))
    wrong = sum(number for verdict, number in counts.items() if verdict.startswith(("INTERNAL", "UNKNOWN")))
    total = f"{counts.total():,}"
    report.none("writes that ended later than their deadline", len(writers.record.late), of=total)
    what = "writes the server left to the caller's own clock"
    report.check(what, bar="0", figure=f"{unanswered:,} of {total}", held=not unanswered, timing=True)
    report.none("writes answered INTERNAL or UNKNOWN", wrong, of=total)
    check_scores(report, made, while_="in all")
    if made.failed:
        report.note(f"What Score callers were told: {dict(made.texts.most_common(5))}")
