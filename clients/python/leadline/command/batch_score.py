"""``leadline batch-score``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadline.command.encoding import line
from leadline.command.failure import Failure, InvalidInput, Subcommand, sentence
from leadline.command.options import MAPPING, MAX_CONTRIBUTIONS, MODEL_VERSION
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.command.lead_input import GoodRow
    from leadline.command.results import RowResult
    from leadline.errors import LeadlineError


@click.command("batch-score", cls=Subcommand)
@click.argument("file")
@MAPPING
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this .csv, .json or .jsonl file."
)
@MAX_CONTRIBUTIONS
@MODEL_VERSION
@click.pass_obj
def batch_score(
    session: Session,
    *,
    file: str,
    mapping: str | None,
    output: Path | None,
    max_contributions: int | None,
    model_version: str,
) -> None:
    """Score every lead of FILE: CSV, JSON or JSON lines, "-" for standard input.

    Columns are named like the fields of a lead; all others are attributes. Ends with 1 if any lead failed.
    """
    from leadline.command import results as out  # noqa: PLC0415 - loaded where used
    from leadline.command.lead_input import read_lead_rows, report_rows  # noqa: PLC0415

    if output is not None and output.suffix.lower() not in out.SUFFIXES:
        raise click.BadParameter(f"{output} must end in {', '.join(out.SUFFIXES)}", param_hint="--output")
    good, bad = read_lead_rows(file, mapping)
    rows = [out.RowResult(row=row.number, lead_id=row.lead_id, score=None, error=row.error) for row in bad]
    problem = _score(session, good, rows, max_contributions, model_version)
    rows.sort(key=lambda result: result.row)
    _write(session, rows, output)
    failed = [result for result in rows if result.error is not None]
    report_rows([out.row_message(file, result) for result in failed])
    if problem is not None:
        left = len(good) + len(bad) - len(rows)
        raise Failure(f"{sentence(problem, session)} {left:,} leads were not scored.")
    if failed:
        raise Failure(f"{len(failed):,} of {len(rows):,} rows could not be scored.")


def _score(
    session: Session, good: list[GoodRow], rows: list[RowResult], max_contributions: int | None, model_version: str
) -> LeadlineError | None:
    """Add a result for each good row; return the error that ended it early, if one did."""
    from leadline.command.progress import progress  # noqa: PLC0415 - rich loads where it is used
    from leadline.command.results import row_result  # noqa: PLC0415
    from leadline.errors import LeadlineError  # noqa: PLC0415

    with session.connect() as client, progress("Scoring", len(good)) as advance:
        results = client.iterate_scores(
            [row.write.lead for row in good], max_contributions=max_contributions, model_version=model_version
        )
        try:
            for row, result in zip(good, results, strict=True):
                rows.append(row_result(row.number, result))
                advance()
        except LeadlineError as problem:
            return problem
    return None


def _write(session: Session, rows: list[RowResult], output: Path | None) -> None:
    from leadline.command import results as out  # noqa: PLC0415 - loaded where used

    if output is not None:
        try:
            out.write_file(rows, output)
        except OSError as problem:
            raise InvalidInput(f"{output} cannot be written: {problem.strerror}") from problem
        scored = sum(result.error is None for result in rows)
        summary = {"scored_count": scored, "failed_count": len(rows) - scored, "output": str(output)}
        click.echo(line(summary) if session.as_json else f"Scored {scored:,} leads into {output}.")
    elif session.as_json:
        click.echo("".join(f"{line(out.as_json(result))}\n" for result in rows), nl=False)
    else:
        out.show(rows)
