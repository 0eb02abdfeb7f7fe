"""Versions change under load: no call fails, no batch is mixed, every answer is that of the version it names."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC

from leadline.v1 import model_service_pb2 as pb
from leadline.v1 import scoring_service_pb2

from core.caller import LOCAL_CALLER
from core.version import LEAD_SCORE
from server.convert.lead import lead_from_wire
from tests.parts.fitted import offline_model, open_registry, small_version
from tests.parts.load import Load, constant_load
from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_apart

MOVES = 100
TOLERANCE = 1e-5
SWAP_SECONDS = 1.0


def largest_difference(load: Load) -> float:
    """Score every answer again offline, with the files of the version it names, at the moment it names."""
    models = {small_version(n).name: offline_model(small_version(n).files) for n in range(2)}
    leads = [lead_from_wire(message, "lead") for message in load.leads]
    worst = 0.0
    for number, answer in load.answers:
        model = models[answer.model_version]
        rows = model.rows([leads[number]], answer.score_time.ToDatetime(tzinfo=UTC))
        worst = max(worst, abs(100.0 * model.score(rows)[0].probability - answer.score))
    return worst


def test_a_hundred_activations_and_rollbacks_under_load(home, record_testsuite_property):
    names = [small_version(number).name for number in range(2)]
    with served_apart(home) as process, Stubs(process.wait_until_serving()) as stubs:
        with constant_load(process.address) as load:
            seconds = []
            for move in range(MOVES):
                started = time.perf_counter()
                if move % 2:
                    request = pb.RollbackModelRequest(request_id=f"m{move}")
                    moved = stubs.models.RollbackModel(request).version.version
                else:
                    request = pb.ActivateModelVersionRequest(request_id=f"m{move}", version=names[1])
                    moved = stubs.models.ActivateModelVersion(request).version.version
                seconds.append(time.perf_counter() - started)
                assert moved == names[(move + 1) % 2]
                seen = stubs.scoring.Score(scoring_service_pb2.ScoreRequest(lead=lead_message())).result
                assert seen.model_version == moved, "what was activated serves before the activation is answered"
        events = stubs.models.ListModelEvents(pb.ListModelEventsRequest(page_size=1000)).events
    assert load.failures == []
    assert {len(versions) for versions in load.batches} == {1}
    per_version = Counter(answer.model_version for _, answer in load.answers)
    assert set(per_version) == set(names)
    assert min(per_version.values()) > 0.2 * len(load.answers), "both really served"
    worst = largest_difference(load)
    assert worst <= TOLERANCE
    assert sum(event.type in {3, 4} for event in events) == MOVES + 1
    figures = (
        f"{MOVES} moves, {load.calls} calls, 0 failed, {len(load.answers)} answers recomputed, largest difference"
        f" {worst:.2e} points; a move {sorted(seconds)[MOVES // 2] * 1e3:.1f} ms (median),"
        f" {max(seconds) * 1e3:.1f} ms (slowest); slowest call {max(load.seconds) * 1e3:.0f} ms"
    )
    print(figures)  # noqa: T201  shown with -s or -rP
    record_testsuite_property("live_swap", figures)


def test_a_version_activated_by_another_process_serves_within_a_second(home, record_testsuite_property):
    delays = []
    with (
        served_apart(home, poll_seconds=0.25) as process,
        Stubs(process.wait_until_serving()) as stubs,
        constant_load(process.address, threads=1, pause=0.005) as load,
        open_registry(home) as registry,
    ):
        for move in range(6):
            name = small_version((move + 1) % 2).name
            registry.activate(LOCAL_CALLER, f"o{move}", LEAD_SCORE, name, expected=None, reason="from outside")
            started = time.perf_counter()
            request = scoring_service_pb2.ScoreRequest(lead=lead_message())
            while stubs.scoring.Score(request).result.model_version != name:
                assert time.perf_counter() - started < SWAP_SECONDS
                time.sleep(0.005)
            delays.append(time.perf_counter() - started)
    assert load.failures == []
    assert largest_difference(load) <= TOLERANCE
    figures = f"served after {max(delays):.3f} s at most, {sorted(delays)[len(delays) // 2]:.3f} s in the median"
    print(figures)  # noqa: T201
    record_testsuite_property("swap_from_outside", figures)
