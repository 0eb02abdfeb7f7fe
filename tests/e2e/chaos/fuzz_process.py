"""``python -m tests.e2e.chaos.fuzz_process``: sends random requests; one JSON object in, one out, line by line."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import grpc
from leadline.v1.scoring_service_pb2 import StreamScoreResponse

from tests.e2e.chaos.channels import open_channel
from tests.e2e.chaos.random_messages import all_methods, path_of, raw_bytes, sample_leads, valid_wire
from tests.e2e.chaos.verdicts import OK, verdict_of, was_refused

DEADLINE_SECONDS = 15.0
HARMLESS = {
    "valid": {
        "OK", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "FAILED_PRECONDITION", "ABORTED", "UNIMPLEMENTED",
        "OUT_OF_RANGE", "PERMISSION_DENIED",
    },
    "raw": {"INVALID_ARGUMENT"},
}  # fmt: skip
"""Codes that may be the answer; being turned away for a while is asked again."""
_TRIES = 40
_PAUSE_SECONDS = 0.05
_EXAMPLES = 5


class InStreamError(Exception):
    """A stream went on and said of every message what was wrong with it."""


class Fuzzer(threading.Thread):
    """One caller with a connection of its own; request ``n`` of a seed is always the same bytes."""

    def __init__(self, command: dict[str, Any], number: int) -> None:
        super().__init__(daemon=True)
        self._kind: str = command["kind"]
        self._count: int = command["count"]
        self._random = Random(f"{command['seed']}-{command['kind']}-{number}")
        self._channel = open_channel(command["target"], retries=False)
        self._leads = sample_leads()
        self.codes: Counter[str] = Counter()
        self.wrong: list[dict[str, str]] = []
        self.wrong_count = 0

    def run(self) -> None:
        methods = all_methods()
        make = valid_wire if self._kind == "valid" else raw_bytes
        calls = {path_of(method): self._call(method) for method in methods}
        for _ in range(self._count):
            method = self._random.choice(methods)
            content = make(self._random, method, self._leads)
            self._send(path_of(method), calls[path_of(method)], content)
        self._channel.close()

    def _call(self, method: Any) -> Callable[[bytes], object]:
        path = path_of(method)
        if method.client_streaming:
            stream = self._channel.stream_stream(path)
            return lambda content: _raise_within(stream(iter([content] * 2), timeout=DEADLINE_SECONDS))
        unary = self._channel.unary_unary(path)
        return lambda content: unary(content, timeout=DEADLINE_SECONDS)

    def _send(self, path: str, call: Callable[[bytes], object], content: bytes) -> None:
        verdict, text = self._answer(call, content)
        code = verdict.split()[0]
        self.codes[code] += 1
        if code not in HARMLESS[self._kind]:
            self.wrong_count += 1
            if len(self.wrong) < _EXAMPLES:
                self.wrong.append({"method": path, "verdict": verdict, "text": text[:200], "hex": content.hex()})

    def _answer(self, call: Callable[[bytes], object], content: bytes) -> tuple[str, str]:
        for _ in range(_TRIES):
            try:
                call(content)
            except InStreamError as error:
                return str(error), ""
            except grpc.RpcError as error:
                verdict, text = verdict_of(error), error.details() or ""
            else:
                return OK, ""
            if not was_refused(verdict):
                break
            time.sleep(_PAUSE_SECONDS)
        return verdict, text


def _raise_within(answers: Iterable[bytes]) -> None:
    errors = [StreamScoreResponse.FromString(answer).error.code for answer in answers]
    if errors and all(errors):
        raise InStreamError(next(code.name for code in grpc.StatusCode if code.value[0] == errors[0]))


def run(command: dict[str, Any]) -> dict[str, Any]:
    """Send what was asked for and tell what came back."""
    first = command["threads"] * command["process"]
    fuzzers = [Fuzzer(command, first + number) for number in range(command["threads"])]
    for fuzzer in fuzzers:
        fuzzer.start()
    for fuzzer in fuzzers:
        fuzzer.join()
    codes: Counter[str] = Counter()
    for fuzzer in fuzzers:
        codes.update(fuzzer.codes)
    wrong = [example for fuzzer in fuzzers for example in fuzzer.wrong]
    return {"codes": dict(codes), "wrong": wrong, "wrong_count": sum(fuzzer.wrong_count for fuzzer in fuzzers)}


def main() -> None:
    """Serve commands until the input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
