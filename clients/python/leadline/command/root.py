"""The command itself: what all subcommands share."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import click

from leadline.command.actions import actions
from leadline.command.analyze import analyze, conversation
from leadline.command.audit import audit
from leadline.command.batch_score import batch_score
from leadline.command.drift import alerts, drift, online, shadow
from leadline.command.events import events
from leadline.command.experiments import experiments
from leadline.command.failure import CommandGroup
from leadline.command.features import features
from leadline.command.feedback import feedback
from leadline.command.health import health
from leadline.command.insight_types import insight_types
from leadline.command.insights import agent, wishes
from leadline.command.items import items
from leadline.command.keys import keys
from leadline.command.leads import leads
from leadline.command.models import models
from leadline.command.recommend import recommend, similar
from leadline.command.score import score
from leadline.command.session import Session
from leadline.command.status import status
from leadline.command.training import retrain, runs


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--target",
    envvar="LEADLINE_TARGET",
    default="127.0.0.1:50051",
    show_default=True,
    show_envvar=True,
    help="Where the server is, host:port.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=24 * 3600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Deadline of each call, retries included.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines (lists as JSON lines).")
@click.option("--api-key", envvar="LEADLINE_API_KEY", show_envvar=True, help="Who asks. Better given by environment.")
@click.option("--tls", is_flag=True, envvar="LEADLINE_TLS", show_envvar=True, help="Encrypt the way to the server.")
@click.option(
    "--tls-ca",
    type=click.Path(exists=True, dir_okay=False),
    help="PEM file of the authority that signed the server's certificate; implies --tls.",
)
@click.option(
    "--tls-cert",
    envvar="LEADLINE_CLIENT_CERTIFICATE",
    show_envvar=True,
    type=click.Path(exists=True, dir_okay=False),
    help="PEM file of a certificate that says who asks; needs --tls-key.",
)
@click.option(
    "--tls-key",
    envvar="LEADLINE_CLIENT_KEY",
    show_envvar=True,
    type=click.Path(exists=True, dir_okay=False),
    help="PEM file of its private key.",
)
@click.version_option(package_name="leadline")
@click.pass_context
def main(context: click.Context, /, *, timeout: float, **options: Any) -> None:
    """Score leads, keep them, and manage the models that score them."""
    if not math.isfinite(timeout):
        raise click.BadParameter("must be a number of seconds", param_hint="--timeout")
    context.obj = Session(timeout=timedelta(seconds=timeout), **options)


main.add_command(score)
main.add_command(batch_score)
main.add_command(leads)
main.add_command(feedback)
main.add_command(events)
main.add_command(features)
main.add_command(items)
main.add_command(recommend)
main.add_command(similar)
main.add_command(analyze)
main.add_command(conversation)
main.add_command(insight_types)
main.add_command(health)
main.add_command(actions)
main.add_command(models)
main.add_command(agent)
main.add_command(wishes)
main.add_command(retrain)
main.add_command(runs)
main.add_command(drift)
main.add_command(alerts)
main.add_command(shadow)
main.add_command(online)
main.add_command(experiments)
main.add_command(keys)
main.add_command(audit)
main.add_command(status)
