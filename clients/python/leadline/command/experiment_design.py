"""``leadline experiments plan`` and ``leadline experiments create``."""

from __future__ import annotations

from typing import Any

import click

from leadline.command.encoding import document
from leadline.command.experiment_options import experiment_of, number, plan_of
from leadline.command.failure import Subcommand
from leadline.command.session import Session
from leadline.command.times import DAYS, MOMENT

_SCALE = click.Choice(("relative", "absolute"))
_RATE = click.FloatRange(0, 1, min_open=True, max_open=True)
_EFFECT = click.FloatRange(0, min_open=True)
_WEEKS = click.option("--max-weeks", type=click.IntRange(1), help="More weeks than this are too many. Default: 8.")


@click.command(cls=Subcommand)
@click.option("--effect", type=_EFFECT, required=True, help="Least effect to be found.")
@click.option("--scale", type=_SCALE, default="relative", show_default=True, help="Of the effect.")
@click.option("--baseline", type=_RATE, help="Conversion rate of the control. Default: that of your leads.")
@click.option("--split", default="", metavar="50,50", help="Percentages, the control first. Default: 50,50.")
@click.option("--units-per-day", type=_EFFECT, help="Default: leads scored first in the last 28 days.")
@click.option("--alpha", type=_RATE, help="Two-sided chance of a false alarm. Default: 0.05.")
@click.option("--power", type=_RATE, help="Chance to find the effect. Default: 0.8.")
@click.option("--looks", type=click.IntRange(1, 100), help="Of the sequential test. Default: 20.")
@click.option(
    "--correlation",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    help="Of the outcome with the score before exposure: spares units in one test at the end, not in what decides.",
)
@click.option("--aa-runs", type=click.IntRange(0, 2000), default=0, help="Play so many tests without an effect.")
@_WEEKS
@click.pass_obj
def plan(
    session: Session,
    /,
    *,
    split: str,
    correlation: float,
    aa_runs: int,
    max_weeks: int | None,
    **wanted: Any,
) -> None:
    """Say how many units and days a test needs, and try it on your own leads."""
    percentages = [number(part, "--split") for part in split.split(",")] if split else []
    with session.connect() as client:
        answer = client.plan_experiment(
            plan_of(**wanted),
            traffic_percentages=percentages,
            covariate_correlation=correlation,
            max_weeks=max_weeks or 0,
            aa_runs=aa_runs,
        )
    if session.as_json:
        click.echo(document(answer))
        return
    from leadline.command.experiment_screen import show_plan  # noqa: PLC0415 - rich loads where it is used

    show_plan(answer)


@click.command(cls=Subcommand)
@click.argument("name", default="")
@click.option("--file", "path", help='Read it from a JSON file as "show --json" prints it, or "-" for standard input.')
@click.option("--variant", "variants", multiple=True, metavar="NAME=VERSION:PERCENT", help="Repeat for each.")
@click.option("--control", metavar="NAME", help="The variant the others are compared with.")
@click.option("--description", help="What is tested and why.")
@click.option("--metric", "metrics", multiple=True, metavar="KIND[:ROLE]", help="Role: primary or secondary.")
@click.option("--guardrail", "guardrails", multiple=True, metavar="KIND:MARGIN", help="For example mean_score:0.05.")
@click.option("--bandit", is_flag=True, help="More units to what converts better.")
@click.option("--layer", help="Experiments of one layer never share a unit.")
@click.option("--traffic", type=click.FloatRange(0, 100, min_open=True), help="Percentage of the layer's units.")
@click.option("--override", "overrides", multiple=True, metavar="UNIT=VARIANT", help="A tester. Repeat for more.")
@click.option(
    "--model-kind",
    type=click.Choice(("lead_score", "recommendation")),
    help="What its versions are. Default: lead_score.",
)
@click.option("--sticky", is_flag=True, help="A unit keeps the variant it saw first.")
@click.option("--salt", help="That of an earlier experiment keeps units where they were.")
@click.option("--window-days", type=DAYS, help="A conversion counts within so many days of the exposure.")
@click.option("--start", type=MOMENT, help="Default: now.")
@click.option("--end", type=MOMENT, help="Default: until it is stopped.")
@click.option("--min-effect", type=_EFFECT, help="Least effect that matters. Default: that of the plan, or 0.02.")
@click.option("--scale", type=_SCALE, help="Of it. Default: that of the plan, or relative.")
@click.option("--plan-effect", type=_EFFECT, help="Plan: least effect to be found.")
@click.option("--plan-scale", type=_SCALE, help="Plan: of the effect. Default: relative.")
@click.option("--plan-baseline", type=_RATE, help="Plan: conversion rate of the control.")
@click.option("--plan-alpha", type=_RATE, help="Plan: chance of a false alarm. Default: 0.05.")
@click.option("--plan-power", type=_RATE, help="Plan: chance to find the effect. Default: 0.8.")
@click.option("--plan-looks", type=click.IntRange(1, 100), help="Plan: looks. Default: 20.")
@click.option("--plan-units", type=click.IntRange(1), help="Plan: units at the end. Default: worked out.")
@click.option("--plan-units-per-day", type=_EFFECT, help="Plan: units a day that are expected.")
@click.option("--force", is_flag=True, help="Create it though its plan takes too long.")
@_WEEKS
@click.pass_obj
def create(
    session: Session, /, *, name: str, path: str | None, force: bool, max_weeks: int | None, **options: Any
) -> None:
    """Create the experiment NAME, from options or from a file. It starts at once, or at --start."""
    given = {key: value for key, value in options.items() if value not in {None, (), False}}
    if path:
        if given:
            raise click.UsageError("give the experiment by --file or by options, not by both")
        from leadline.command.experiment_file import read_experiment  # noqa: PLC0415 - loads gRPC

        wanted = read_experiment(path, name)
    else:
        wanted = experiment_of(name, given)
    with session.connect() as client:
        created = client.create_experiment(wanted, force=force, max_weeks=max_weeks or 0)
    if session.as_json:
        click.echo(document(created))
        return
    from leadline.command.experiment_screen import show_experiment  # noqa: PLC0415 - rich loads where it is used

    show_experiment(created)
