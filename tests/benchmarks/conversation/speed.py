"""``python -m tests.benchmarks.conversation.speed``: how long Analyze takes over gRPC.

A server process of its own on SQLite with the default heads and the sentence encoder, and real calls. Every text is
sent once, so that nothing is at hand but where that is what is measured.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

# Before gRPC is loaded: what it does at a fork can crash the child that becomes a server of another user.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # noqa: TID251

import grpc
import numpy as np
from leadline.v1 import conversation_pb2, intelligence_service_pb2_grpc
from leadline.v1 import intelligence_service_pb2 as pb

from core.adapters.encoder_loading import load_encoder
from core.adapters.encoder_weights import ENCODER_NAME
from core.adapters.sql.engine import open_database
from core.caller import LOCAL_CALLER
from core.conversation.terms import Vectorizer
from core.registry.manifest import parse_manifest
from core.version import HEAD_KINDS, MANIFEST_FILE
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.parts.encoder import ENCODER_DIR
from tests.parts.fitted import database_url, model_dir, open_registry
from tests.parts.serving import served_apart
from tests.parts.small_heads import small_head
from training.conversation.app import build_head_trainer
from training.conversation.phrase_file import read_phrase_folder
from training.conversation.run import Activation
from training.settings import read_settings

SEED = 42
PAIR_CALLS, GROWING_CALLS, CALLERS, CALLS_EACH = 500, 300, 32, 40
LONG = 1_000
CHANNELS = 8
TIMEOUT_SECONDS = 30.0
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
_ROLES = {"al": "the agent's and the lead's", "l": "both of the lead"}
_HEADER = ("what", "calls", "p50, ms", "p99, ms", "the longest, ms", "errors", "bar")
_INTRODUCTION = (
    "`python -m tests.benchmarks.conversation.speed --write`: one server process and its callers on one machine, the "
    "default heads, the sentence encoder on one thread. Every text is new to the server but where a conversation "
    "grows. No call is tried again: a refused one is an error. {facts}"
)


@dataclass
class Taken:
    """What calls took."""

    name: str
    p50_bar: float | None = None
    p99_bar: float | None = None
    milliseconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def quantile(self, share: float) -> float:
        """Return a quantile of the calls that were answered, in milliseconds."""
        return float(np.quantile(self.milliseconds, share)) if self.milliseconds else float("inf")

    @property
    def holds(self) -> bool:
        """Whether the bars do."""
        slow = self.p50_bar is not None and self.quantile(0.5) >= self.p50_bar
        return not (slow or self.errors or (self.p99_bar is not None and self.quantile(0.99) >= self.p99_bar))

    def cells(self) -> list[str]:
        """Return a row of the table."""
        failed = sum(self.errors.values())
        bars = (("p50", self.p50_bar), ("p99", self.p99_bar))
        return [
            self.name,
            f"{len(self.milliseconds) + failed:,}",
            f"{self.quantile(0.5):.1f}",
            f"{self.quantile(0.99):.1f}",
            f"{self.quantile(1.0):.1f}",
            str(failed),
            ", ".join(f"{name} < {bar:,.0f}" for name, bar in bars if bar is not None),
        ]


class Texts:
    """Messages that were never sent before: phrases of the corpus, each with a number of its own."""

    def __init__(self) -> None:
        self._phrases = [phrase.turn.text for phrase in read_phrase_folder()]
        self._random = Random(SEED)
        self._count = 0
        self._lock = threading.Lock()

    def __next__(self) -> str:
        with self._lock:
            self._count += 1
            return f"{self._random.choice(self._phrases)} {self._count}"

    def __iter__(self) -> Iterator[str]:
        return self


class Callers:
    """Channels to one server."""

    def __init__(self, target: str) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channels = [grpc.insecure_channel(target, options=options) for _ in range(CHANNELS)]
        self.stubs = [intelligence_service_pb2_grpc.IntelligenceServiceStub(one) for one in self.channels]

    def close(self) -> None:
        """Close them."""
        for channel in self.channels:
            channel.close()

    def ask(self, taken: Taken, request: pb.AnalyzeRequest, channel: int = 0) -> pb.AnalyzeResponse | None:
        """Ask and wait for the answer."""
        since = time.perf_counter()
        try:
            answer = self.stubs[channel % CHANNELS].Analyze(request, timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as failed:
            taken.errors[failed.code().name] += 1
            return None
        taken.milliseconds.append((time.perf_counter() - since) * 1e3)
        return answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if a bar does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.conversation.speed", description=__doc__)
    parser.add_argument("--write", action="store_true", help="Write the figures to docs/conversation.md.")
    parser.add_argument("--home", type=Path, help="Folder with trained heads; made if it is not there.")
    parser.add_argument("--made-up", action="store_true", help="Random heads of the usual size, to try it out.")
    parser.add_argument("--share", type=float, default=1.0, help="Of the calls, to try it out.")
    parsed = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="leadline-conversation-") as folder:
        home = parsed.home or Path(folder)
        if not model_dir(home).is_dir():
            make_up(home) if parsed.made_up else train(home)
        with served_apart(home, encoder_dir=ENCODER_DIR) as server:
            callers = Callers(server.wait_until_serving())
            try:
                found = _measure(callers, parsed.share)
            finally:
                callers.close()
    rows = [taken.cells() for taken in found]
    sys.stdout.write(f"{plain_table(_HEADER, rows)}\n")
    if parsed.write:
        text = _INTRODUCTION.format(facts=machine_facts())
        write_section("speed", f"{text}\n\n{markdown_table(_HEADER, rows)}", PAGE)
    return int(not all(taken.holds for taken in found))


def train(home: Path) -> None:
    """Let the default heads serve in a home."""
    home.mkdir(parents=True, exist_ok=True)
    environ = {
        "LEADLINE_DATABASE_URL": database_url(home),
        "LEADLINE_MODEL_DIR": str(model_dir(home)),
        "LEADLINE_ENCODER_DIR": str(ENCODER_DIR),
    }
    trainer = build_head_trainer(read_settings(environ))
    trainer.train(LOCAL_CALLER, "benchmark", None, HEAD_KINDS, activation=Activation.ALWAYS, report=_tell)


def make_up(home: Path) -> None:
    """Let heads of random numbers serve in a home."""
    home.mkdir(parents=True, exist_ok=True)
    database = open_database(database_url(home))
    database.migrate()
    database.close()
    vectorizer = Vectorizer.fit([phrase.turn.text for phrase in read_phrase_folder()])
    with open_registry(home) as registry:
        for kind in HEAD_KINDS:
            files = small_head(
                kind,
                inputs=("vectors", "terms", "shape"),
                plain=True,
                scale=0.1,
                encoder=ENCODER_NAME,
                vectorizer=vectorizer,
            )
            version = parse_manifest(files[MANIFEST_FILE]).version
            registry.register(LOCAL_CALLER, f"register-{kind}", files, "a benchmark")
            registry.activate(LOCAL_CALLER, f"activate-{kind}", kind, version, expected="", reason="a benchmark")


def _tell(doing: str, share: float) -> None:
    sys.stderr.write(f"{100 * share:3.0f} %  {doing}\n")


def _measure(callers: Callers, share: float) -> list[Taken]:
    texts = Texts()
    _wait_for_encoder(callers, texts)
    found = [_encoder_alone(texts, int(share * PAIR_CALLS))]
    found += [_pairs(callers, texts, int(share * PAIR_CALLS), roles) for roles in _ROLES]
    found += _growing(callers, texts, int(share * GROWING_CALLS))
    return [*found, *(_together(callers, texts, int(share * CALLS_EACH), roles) for roles in _ROLES)]


def _wait_for_encoder(callers: Callers, texts: Texts) -> None:
    """Ask until every head answers by its model with all it needs."""
    ends = time.monotonic() + 60.0
    while time.monotonic() < ends:
        answer = callers.ask(Taken("warming"), _request([next(texts)]))
        if answer is not None and {head.source for head in answer.heads} == {
            conversation_pb2.CONVERSATION_SOURCE_MODEL
        }:
            for _ in range(20):
                callers.ask(Taken("warming"), _request([next(texts), next(texts)]))
            return
        time.sleep(0.1)
    raise SystemExit("the heads never served")


def _encoder_alone(texts: Texts, calls: int) -> Taken:
    """Return what one message takes without a server: the least that a new one can cost."""
    taken = Taken("the encoder alone, 1 message, in process, for comparison")
    encoder = load_encoder(ENCODER_DIR)
    if encoder is None:
        raise SystemExit("the encoder is not installed")
    for _ in range(calls):
        since = time.perf_counter()
        encoder.encode([next(texts)])
        taken.milliseconds.append((time.perf_counter() - since) * 1e3)
    return taken


def _pairs(callers: Callers, texts: Texts, calls: int, roles: str) -> Taken:
    taken = Taken(f"2 new messages, {_ROLES[roles]}", p50_bar=15.0, p99_bar=40.0)
    for _ in range(calls):
        callers.ask(taken, _request([next(texts), next(texts)], roles))
    return taken


def _growing(callers: Callers, texts: Texts, calls: int) -> list[Taken]:
    messages = _request([next(texts) for _ in range(LONG)]).messages
    cold = Taken(f"{LONG:,} new messages")
    callers.ask(cold, pb.AnalyzeRequest(messages=messages))
    every = Taken(f"1 new message after {LONG:,}, all answers", p50_bar=10.0)
    newest = Taken(f"1 new message after {LONG:,}, its answer", p50_bar=10.0)
    for number in range(calls):
        messages.append(_message(next(texts), len(messages), "l"))
        taken, first = (every, 0) if number % 2 else (newest, len(messages) - 1)
        callers.ask(taken, pb.AnalyzeRequest(messages=messages, results_from=first))
    return [cold, newest, every]


def _together(callers: Callers, texts: Texts, calls: int, roles: str) -> Taken:
    taken = Taken(f"2 new messages, {_ROLES[roles]}, {CALLERS} callers at once", p99_bar=150.0)

    def call(caller: int) -> None:
        for _ in range(calls):
            callers.ask(taken, _request([next(texts), next(texts)], roles), caller)

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _request(texts: Sequence[str], roles: str = "al") -> pb.AnalyzeRequest:
    """Return a request; ``roles`` names in turn who wrote: "a" for the agent, "l" for the lead."""
    return pb.AnalyzeRequest(messages=[_message(text, at, roles[at % len(roles)]) for at, text in enumerate(texts)])


def _message(text: str, at: int, who: str) -> conversation_pb2.ConversationMessage:
    role = conversation_pb2.MESSAGE_ROLE_AGENT if who == "a" else conversation_pb2.MESSAGE_ROLE_LEAD
    message = conversation_pb2.ConversationMessage(text=text, role=role)
    message.send_time.FromDatetime(START + timedelta(minutes=at))
    return message


if __name__ == "__main__":
    sys.exit(main())
