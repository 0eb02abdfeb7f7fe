"""The disk of the store and of the models is full."""

from __future__ import annotations

import time
from random import Random

import grpc
from leadline.v1 import model_pb2, model_service_pb2_grpc
from leadline.v1 import model_service_pb2 as pb

from tests.e2e.chaos.aftermath import check_record, check_scores
from tests.e2e.chaos.callers import Load, callers
from tests.e2e.chaos.channels import open_channel
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import PROCESSES, serving
from tests.e2e.chaos.record import Record
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.requests import score_file
from tests.e2e.chaos.small_disk import SizeLimit, small_tmpfs
from tests.e2e.chaos.verdicts import OK, verdict_of
from tests.e2e.chaos.writers import writing
from tests.parts.fitted import small_version

TITLE = "A full disk"
SCORES_PER_SECOND = 50.0
RECOVERY_SECONDS = 10.0
MOST_SECONDS = 10.0
"""Of the outage; nothing new happens in a longer one."""


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Fill it under load, and make room again."""
    report, random, record = Report("disk", TITLE), Random(seed), Record()
    folder = bench.new_folder()
    with small_tmpfs(folder) as tmpfs, callers(1) as clients:
        home = bench.sqlite_home(folder)
        logs = bench.new_folder()
        path = score_file(logs)
        with serving(logs, processes=PROCESSES, **home.settings) as server:
            disk = tmpfs or SizeLimit(lambda: [server.pid, *server.workers()])
            load = Load(path=path, processes=1, rate=SCORES_PER_SECOND, seconds=600, retries=False)
            scores = clients.begin(server.target, load)
            with writing(server.target, record) as writers:
                time.sleep(random.uniform(0.5, 1.0))
                disk.fill()
                began = time.monotonic()
                time.sleep(0.3)
                registered_full = _register(server.target, "full")
                time.sleep(min(MOST_SECONDS, effort.outage_seconds))
                disk.free()
                ended = time.monotonic()
                recovered = writers.wait_for_ok(ended, RECOVERY_SECONDS)
            made = scores.finish(early=True)
            full = writers.counts(began, ended)
            refused = {verdict: count for verdict, count in full.items() if verdict != OK}
            unclear = sum(count for verdict, count in refused.items() if not _is_clear(verdict))
            check_scores(report, made.between(began, ended), while_="full")
            report.none("writes refused without a clear code", unclear, of=f"{sum(refused.values()):,} refused")
            report.check("writes were refused", bar="> 0", figure=f"{sum(refused.values()):,}", held=bool(refused))
            figure = f"{writers.first_ok_after(ended):.1f} s"
            report.check("writes again, same processes", bar="< 10 s", figure=figure, held=recovered)
            clear = registered_full == OK or _is_clear(registered_full)
            report.check("a model registered while full", bar="a clear refusal", figure=registered_full, held=clear)
            after = _register(server.target, "room")
            report.check("the same model afterwards", bar=OK, figure=after, held=after == OK)
            report.note(f"Full by {disk.how}. Writes while full: {dict(full)}.")
            check_record(report, server.target, record)
    return report


def _is_clear(verdict: str) -> bool:
    return verdict in {"UNAVAILABLE refused", "RESOURCE_EXHAUSTED refused"}


def _register(target: str, request_id: str) -> str:
    """Register another version and return the verdict."""
    files = [model_pb2.ArtifactFile(name=name, content=data) for name, data in small_version(1).files.items()]
    request = pb.RegisterModelVersionRequest(request_id=request_id, files=files, reason="chaos")
    channel = open_channel(target, retries=False)
    try:
        model_service_pb2_grpc.ModelServiceStub(channel).RegisterModelVersion(request, timeout=60)
    except grpc.RpcError as error:
        return verdict_of(error)
    finally:
        channel.close()
    return OK
