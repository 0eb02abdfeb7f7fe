"""``make quality``: what versions fitted on public data are worth when served; rewrites docs/quality.md."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.benchmarks.budget import plain_table
from tests.benchmarks.machine import machine_facts
from tests.benchmarks.quality_page import AGREEMENT_HEADER, HEADER, agreement_rows, quality_page, quality_rows
from tests.benchmarks.quality_run import QualityResult, RefusalResult, measure_set, try_refused
from tests.benchmarks.quality_sets import MEASURED, REFUSED

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "quality.md"
DATA = ROOT.parent / "shared" / "data"


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; 1 if a bar is missed."""
    parsed = _parser().parse_args(arguments)
    present = {one.file for one in (*MEASURED, *REFUSED) if (parsed.data / one.file).is_file()}
    wanted = [one for one in (*MEASURED, *REFUSED) if not parsed.only or one.mapping in parsed.only]
    absent = [
        f"{one.name}: skipped, {one.file} is not in the data folder." for one in wanted if one.file not in present
    ]
    results: list[QualityResult] = []
    refusals: list[RefusalResult] = []
    began = time.monotonic()
    for one in wanted:
        if one.file not in present:
            continue
        sys.stdout.write(f"{time.monotonic() - began:4.0f} s  {one.name}\n")
        sys.stdout.flush()
        if one in REFUSED:
            refusals.append(try_refused(one, parsed.data))
        else:
            results.append(measure_set(one, parsed.data))
    _print(results, refusals, absent)
    if present and not parsed.only and not parsed.no_write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(quality_page(results, refusals, absent, machine_facts()), encoding="utf-8")
        sys.stdout.write(f"Written to docs/{PAGE.name}.\n")
    return int(any(result.misses for result in (*results, *refusals)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="where the data sets are")
    parser.add_argument("--only", nargs="*", metavar="MAPPING", help="only these mappings; writes nothing")
    parser.add_argument("--no-write", action="store_true", help="leave docs/quality.md as it is")
    return parser


def _print(results: list[QualityResult], refusals: list[RefusalResult], absent: list[str]) -> None:
    write = sys.stdout.write
    for header, rows in ((HEADER, quality_rows(results)), (AGREEMENT_HEADER, agreement_rows(results))):
        if rows:
            write("\n" + plain_table(header, rows))
    write("\n")
    for result in results:
        if result.agreement is None:
            write(f"{result.asked.name}: {result.refusal}\n")
    for refusal in refusals:
        write(f"{refusal.asked.name}: {refusal.reason or 'not refused'}. {refusal.sentence}\n")
    for sentence in (*absent, *(f"MISSED {miss}" for one in (*results, *refusals) for miss in one.misses)):
        write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
