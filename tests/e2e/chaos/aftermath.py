"""What is looked at once the faults are over: is everything there, once, and is a repeat answered the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.chaos.callers import Made
from tests.e2e.chaos.record import Record
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.writers import LeadCalls

AT_ONCE = 4


def check_record(report: Report, target: str, record: Record) -> None:
    """Compare the store with the record, send every write once more, and compare again."""
    calls = LeadCalls(target, record, retries=True, timeout=10)
    before = record.check(calls.stored())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda write: calls.write(write.request), list(record.writes.values())))
    after = record.check(calls.stored())
    calls.close()
    unanswered = sum(not write.acknowledged for write in record.writes.values())
    writes = f"{before.acknowledged:,} acknowledged writes"
    report.none("acknowledged leads missing or changed", before.missing + after.missing, of=writes)
    report.none("writes of which only a part is there", before.torn + after.torn, of=f"{len(record.writes):,}")
    report.none("leads written twice, after every write was sent again", after.repeated, of=f"{len(record.writes):,}")
    report.none("request ids answered in two ways", after.answers_differ, of=f"{len(record.writes):,}")
    report.none("leads nobody sent", after.foreign)
    report.none("writes still without an answer when sent again", unanswered)
    report.note(
        f"{before.unacknowledged:,} writes were refused or left without an answer at first; each was sent again "
        "under its id afterwards and had one effect."
    )


def check_scores(report: Report, made: Made, *, while_: str = "") -> None:
    """Say how many Score calls were not answered. A machine that is too busy for a gentle load makes a server shed."""
    shed = made.count(lambda verdict: verdict.startswith("RESOURCE_EXHAUSTED"))
    total, when = f"{len(made.rows):,}", f"{while_}: " if while_ else ""
    report.none(f"{when}failed Score calls", made.failed - shed, of=total)
    report.check(f"{when}Score calls shed", bar="0", figure=f"{shed:,} of {total}", held=not shed, timing=True)
