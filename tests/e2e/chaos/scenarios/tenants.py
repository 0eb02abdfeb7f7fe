"""Two tenants, each trying to reach what is the other's."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

from leadline.v1 import lead_service_pb2 as pb

from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import PROCESSES, serving
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.tenants import LEADS, PEPPER, SECONDS, Tenant, TenantStubs, first_keys, furnish, lead_of
from tests.e2e.chaos.trespass import Seen, draw, make

TITLE = "Two tenants, each trying to reach what is the other's"
THREADS = 6
NAMES = {"acme": "acme7f3a91", "globex": "globexd04c2e"}


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Make the attempts, then look whether each tenant's leads are as it wrote them."""
    report = Report("tenants", TITLE)
    home = bench.postgres_home()
    settings = {"auth": "api_key", "api_key_pepper": PEPPER, **home.settings}
    with serving(home.folder, processes=PROCESSES, **settings) as server:
        tenants = first_keys(home.database_url, NAMES)
        stubs = TenantStubs(server.target)
        for tenant in tenants:
            furnish(stubs, tenant)
        each = -(-effort.attempts // THREADS)
        with ThreadPoolExecutor(THREADS) as pool:
            parts = pool.map(lambda n: _attempts(server.target, f"{seed}-{n}", tenants, each), range(THREADS))
            ways, seen = Counter[str](), list[Seen]()
            for part_ways, part_seen in parts:
                ways.update(part_ways)
                seen.extend(part_seen)
        _tell(report, ways, seen)
        changed = sum(_changed(stubs, tenant) for tenant in tenants)
        report.none("leads of a tenant changed by the other", changed, of=f"{4 * LEADS}")
        stubs.channel.close()
    return report


def _attempts(target: str, seed: str, tenants: list[Tenant], count: int) -> tuple[Counter[str], list[Seen]]:
    random, stubs = Random(seed), TenantStubs(target)
    ways, seen = Counter[str](), []
    for _ in range(count):
        me, other = random.sample(tenants, 2)
        attempt = draw(random, stubs, me, other)
        ways[attempt.way] += 1
        seen.append(make(attempt, me, other))
    stubs.channel.close()
    return ways, seen


def _tell(report: Report, ways: Counter[str], seen: list[Seen]) -> None:
    total = f"{len(seen):,}"
    report.none("answers with a byte of the other tenant's", sum(one.foreign_bytes for one in seen), of=total)
    apart = [one.told_apart for one in seen if one.told_apart]
    report.none("attempts at which foreign and unknown could be told apart", len(apart), of=total)
    report.note(f"Attempts: {', '.join(f'{count:,} {way}' for way, count in ways.most_common())}.")
    for text in sorted(set(apart))[:5]:
        report.note(text)


def _changed(stubs: TenantStubs, tenant: Tenant) -> int:
    """Return how many leads of a tenant are not as it wrote them."""
    changed = 0
    names = [*(f"{tenant.name}-{n}" for n in range(LEADS)), *(f"shared-{n}" for n in range(LEADS))]
    for number, lead_id in enumerate(names):
        stored = stubs.leads.GetLead(pb.GetLeadRequest(lead_id=lead_id), timeout=SECONDS, metadata=tenant.metadata).lead
        changed += stored.lead != lead_of(tenant, lead_id, number) or stored.revision != 1
    return changed
