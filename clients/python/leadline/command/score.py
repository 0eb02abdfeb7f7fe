"""``leadline score``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadline.command.encoding import document
from leadline.command.failure import InvalidInput, Subcommand
from leadline.command.options import MAX_CONTRIBUTIONS, MODEL_VERSION
from leadline.command.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from leadline.lead import Lead
    from leadline.score import Score


@click.command(cls=Subcommand)
@click.option("--lead-id", help="Id of the lead. Given alone, the lead is scored as the server stores it.")
@click.option("--title")
@click.option("--description")
@click.option("--category", help='Levels separated by "/".')
@click.option("--location-name")
@click.option("--price")
@click.option("--email")
@click.option("--phone")
@click.option("--posted-time", help="ISO 8601, or seconds since 1970.")
@click.option("--owner-id")
@click.option("--attribute", "attributes", multiple=True, metavar="KEY=VALUE", help="Repeat for more.")
@click.option("--file", "path", help='Read the lead from a JSON file, or "-" for standard input.')
@MAX_CONTRIBUTIONS
@MODEL_VERSION
@click.option("--experiment", default="", help="Score within this experiment: the unit's variant decides.")
@click.option("--unit-id", default="", help="Unit of the experiment. Default: the lead itself.")
@click.pass_obj
def score(
    session: Session,
    /,
    *,
    path: str | None,
    max_contributions: int | None,
    model_version: str,
    experiment: str,
    unit_id: str,
    **fields: Any,
) -> None:
    """Score one lead and say why."""
    lead = _lead_of_file(path, fields) if path else _lead_of_options(fields)
    with session.connect() as client:
        result = client.score(
            lead,
            max_contributions=max_contributions,
            model_version=model_version,
            experiment=experiment,
            unit_id=unit_id,
        )
    if session.as_json:
        click.echo(document(result))
        return
    from leadline.command.screen import console  # noqa: PLC0415 - rich loads only where it is used

    show_score(console(), result)


def _lead_of_options(fields: dict[str, Any]) -> Lead:
    from leadline.errors import InvalidRequest  # noqa: PLC0415 - loads gRPC
    from leadline.leadfile.lead_rows import LeadRows  # noqa: PLC0415 - loaded where used
    from leadline.leadfile.mapping import mapping_by_name  # noqa: PLC0415
    from leadline.leadfile.rows import Row, RowFile  # noqa: PLC0415
    from leadline.leadfile.values import parse_attribute  # noqa: PLC0415

    if not fields["lead_id"]:
        raise click.UsageError("give --lead-id, or --file")
    attributes = {}
    for pair in fields.pop("attributes"):
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{pair!r} must be KEY=VALUE", param_hint="--attribute")
        attributes[name] = parse_attribute(text)
    cells = {name: value for name, value in fields.items() if value is not None}
    row = Row(number=1, cells={**cells, "attributes": attributes})
    file = RowFile(name="options", columns=tuple(row.cells), rows=(row,), typed=True)
    try:
        return LeadRows(file, mapping_by_name(file.columns)).write(row).lead
    except InvalidRequest as problem:
        broken = problem.violations[0]
        option = broken.field.rpartition(" ")[2].replace("_", "-")
        raise click.BadParameter(broken.rule, param_hint=f"--{option}") from problem


def _lead_of_file(path: str, fields: dict[str, Any]) -> Lead:
    from leadline.leadfile.lead_rows import LeadRows  # noqa: PLC0415 - loaded where used
    from leadline.leadfile.mapping import mapping_by_name  # noqa: PLC0415
    from leadline.leadfile.reading import read_rows  # noqa: PLC0415

    if any(fields.values()):
        raise click.UsageError("give the lead by --file or by options, not by both")
    file = read_rows(path)
    if len(file.rows) != 1:
        raise InvalidInput(f"{file.name} must hold one lead; it holds {len(file.rows)} (see batch-score)")
    return LeadRows(file, mapping_by_name(file.columns)).write(file.rows[0]).lead


def show_score(screen: Console, result: Score) -> None:
    """Print a score, its bar and its reasons."""
    from leadline.command.screen import bar, moment, points, safe, score_style, table  # noqa: PLC0415

    between = f" ({result.interval.lower:.2f}-{result.interval.upper:.2f})" if result.interval else ""
    screen.print(safe(f"{result.score:5.1f} ", f"bold {score_style(result.score)}"), bar(result.score))
    screen.print(f"Probability {result.probability:.2f}{between}, confidence {result.confidence:.2f}", markup=False)
    version = "" if result.model_version == result.source.value else f" {result.model_version}"
    screen.print(safe(f"Lead {result.lead_id}, by {result.source.value}{version}, {moment(result.score_time)}", "dim"))
    if result.experiment:
        screen.print(safe(f"Experiment {result.experiment}, variant {result.variant or 'none'}", "dim"))
    rows = [(points(reason.points), reason.feature, reason.value_text) for reason in result.contributions]
    if rows:
        screen.print()
        ends = [(points(result.other_points), "everything else", "")]
        start = [(safe(f"{result.base_points:.1f}"), "an average lead", "")]
        screen.print(table(("Points", "Reason", "Value"), [*start, *rows, *ends], right=("Points",)))
    for warning in result.warnings:
        screen.print(safe(f"Note: {warning.message}", "yellow"))
