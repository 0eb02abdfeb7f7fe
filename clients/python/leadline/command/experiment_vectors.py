"""``leadline experiments vectors``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from leadline.command.encoding import document
from leadline.command.failure import Subcommand
from leadline.command.session import Session


@click.command(cls=Subcommand)
@click.option("--print", "show", is_flag=True, help="Print the vectors themselves, for other languages.")
@click.pass_context
def vectors(context: click.Context, /, *, show: bool) -> None:
    """Check this client's own assignment against the published test vectors. Needs no server."""
    from leadline.assignment_vectors import differences  # noqa: PLC0415 - loads gRPC
    from leadline.assignment_vectors import vectors as published_vectors  # noqa: PLC0415 - loads gRPC

    session: Session = context.obj
    published = published_vectors()
    if show:
        click.echo(document(published))
        return
    found, count = differences(published), _count(published)
    if session.as_json:
        click.echo(document({"vector_count": count, "agreeing_count": count - len(found), "differences": found}))
    else:
        for difference in found:
            click.echo(difference, err=True)
        click.echo(f"{count - len(found):,} of {count:,} vectors agree ({published['scheme']}).")
    if found:
        context.exit(1)


def _count(published: Mapping[str, Any]) -> int:
    """Return how many things the vectors say: two of each mix, one of everything else."""
    single = sum(len(published[kind]) for kind in ("words", "segments", "units"))
    of_experiments = sum(len(made["units"]) + 1 for made in published["experiments"])
    return single + 2 * len(published["mixes"]) + of_experiments
