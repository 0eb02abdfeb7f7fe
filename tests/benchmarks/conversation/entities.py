"""``python -m tests.benchmarks.conversation.entities``: facts that the rules find, against those that people marked."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from core.conversation.entities.entity import Entity, EntityKind
from core.conversation.entities.finding import find_entities
from core.conversation.message import LONGEST_MESSAGE
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.parts.labelled_facts import DATA, HOMES, NLUPP, Labelled, read_homes, read_nlupp

HEADER = ("set", "fact", "marked", "found of them", "with its exact ends or number", "all found", "marked of them")
MOMENT = datetime(2026, 11, 18, 12, tzinfo=UTC)
_DAYS = (EntityKind.DATE, EntityKind.DEADLINE)
_AMOUNTS = (EntityKind.MONEY, EntityKind.BUDGET, EntityKind.BUDGET_RANGE)
KINDS = {
    "place": (EntityKind.PLACE,),
    "day": _DAYS,
    "time of day": _DAYS,
    "amount": _AMOUNTS,
    "bedrooms": (EntityKind.BEDROOMS,),
    "bathrooms": (EntityKind.BATHROOMS,),
}
HOMES_FACTS, NLUPP_FACTS = ("place", "day", "bedrooms", "bathrooms"), ("day", "time of day", "amount")
REPEATED = ("a", "1", "1 ", "1,", "111,", "$1", "@", "a@", "one ", "In A", "Aaa ", "in Aaa ", "1-", "1/", "1:", "+(1)",
            "the 1st ", "may ", "1 sq ", "1 bed ", "1 bed or ", "a flat in ", "2 to ", "1k ", "100k-")  # fmt: skip
"""What texts are made of that keep patterns busy."""
_NORMAL_95 = 1.959964


@dataclass(slots=True)
class Tally:
    """Counts of one fact."""

    marked: int = 0
    hit: int = 0
    exact: int = 0
    found: int = 0
    right: int = 0


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.conversation.entities", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="the public data sets")
    parser.add_argument("--tried", action="store_true", help="the half that the rules were tried on, not the other one")
    parser.add_argument("--misses", metavar="FACT", help="print what is missed or found too much of this fact")
    parser.add_argument("--write", action="store_true", help="rewrite the section of docs/conversation.md")
    parsed = parser.parse_args(arguments)
    if not all((parsed.data / path).is_file() for path in (HOMES, *NLUPP)):
        sys.stdout.write("Skipped: the dialogues are not in the data folder.\n")
        return 0
    homes, nlupp = (
        [one for one in rows if one.is_test != parsed.tried]
        for rows in (read_homes(parsed.data), read_nlupp(parsed.data))
    )
    rows = [
        *(_row("SGD Homes", fact, tally(homes, fact, parsed.misses == fact)) for fact in HOMES_FACTS),
        *(_row("NLU++", fact, tally(nlupp, fact, parsed.misses == fact)) for fact in NLUPP_FACTS),
    ]
    sys.stdout.write(plain_table(HEADER, rows))
    micros = _micros([one.text for one in (*homes, *nlupp)])
    slowest = max(_longest(piece) for piece in REPEATED)
    sys.stdout.write(f"{micros:.0f} microseconds a message; the slowest of the longest ones {slowest:.0f} ms\n")
    if parsed.write:
        write_section("entities", _markdown(rows, len(homes), len(nlupp), micros, slowest), PAGE)
    return 0


def tally(messages: Iterable[Labelled], fact: str, is_shown: bool = False) -> Tally:
    """Count one fact over messages. Spans count as found where they overlap; of days and times both are taken as "
    "marked."""
    counts = Tally()
    for message in messages:
        found = [one for one in find_entities(message.text, MOMENT, message.agent_text) if one.kind in KINDS[fact]]
        before = (counts.hit - counts.marked, counts.right - counts.found)
        if fact in {"bedrooms", "bathrooms"}:
            _count_number(counts, message.counts.get(fact), found)
        else:
            _count_spans(counts, message, fact, found)
        if is_shown and before != (counts.hit - counts.marked, counts.right - counts.found):
            sys.stdout.write(f"{message.text!r} {[message.text[one.start : one.end] for one in found]}\n")
    return counts


def _count_number(counts: Tally, number: str | None, found: Sequence[Entity]) -> None:
    right = sum(one.normalized_text.rstrip("+") == number for one in found)
    counts.found += len(found)
    counts.right += right
    if number is not None:
        counts.marked += 1
        counts.hit += bool(right)
        counts.exact += bool(right)


def _count_spans(counts: Tally, message: Labelled, fact: str, found: Sequence[Entity]) -> None:
    marked = message.spans.get(fact, ())
    also = [span for name in KINDS if KINDS[name] == KINDS[fact] for span in message.spans.get(name, ())]
    counts.marked += len(marked)
    counts.hit += sum(any(_overlap(one, span) for one in found) for span in marked)
    counts.exact += sum(any((one.start, one.end) == span for one in found) for span in marked)
    counts.found += len(found)
    counts.right += sum(any(_overlap(one, span) for span in also) for one in found)


def _overlap(entity: Entity, span: tuple[int, int]) -> bool:
    return entity.start < span[1] and span[0] < entity.end


def _row(name: str, fact: str, counts: Tally) -> list[str]:
    return [
        name,
        fact,
        str(counts.marked),
        _share(counts.hit, counts.marked),
        _share(counts.exact, counts.marked),
        str(counts.found),
        _share(counts.right, counts.found),
    ]


def _share(part: int, whole: int) -> str:
    """Return a share with its 95 % interval (Wilson 1927)."""
    if not whole:
        return "-"
    share, z = part / whole, _NORMAL_95
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    reach = z / (1 + z * z / whole) * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return f"{100 * share:.1f} % [{100 * (middle - reach):.1f}, {100 * (middle + reach):.1f}]"


def _micros(texts: Sequence[str]) -> float:
    start = perf_counter()
    for text in texts:
        find_entities(text, MOMENT)
    return 1e6 * (perf_counter() - start) / len(texts)


def _longest(piece: str) -> float:
    """Return milliseconds of the longest message made of a piece: the best of 5 runs."""
    text = (piece * LONGEST_MESSAGE)[:LONGEST_MESSAGE]
    return min(_micros([text]) for _ in range(5)) / 1e3


def _markdown(rows: list[list[str]], homes: int, nlupp: int, micros: float, slowest: float) -> str:
    about = (
        f"Facts found by rules in {homes:,} turns of SGD Homes dialogues and {nlupp:,} NLU++ utterances, the half "
        f"of each set "
        "that the rules were not tried on while they were written; shares with 95 % intervals. A span counts as "
        "found where it "
        "overlaps the marked one. What is found and not marked is often right: the Homes set marks only the area "
        "searched in and "
        "the day of a visit, NLU++ marks no stretches of days here. One message took "
        f"{micros:.0f} microseconds on average on this machine, the slowest of {len(REPEATED)} messages of "
        f"{LONGEST_MESSAGE:,} characters made to keep patterns busy {slowest:.0f} ms."
    )
    return f"{about}\n\n{markdown_table(HEADER, rows)}"


if __name__ == "__main__":
    raise SystemExit(main())
