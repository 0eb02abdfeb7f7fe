"""Options that several subcommands have."""

from __future__ import annotations

from typing import Final

import click

MAX_CONTRIBUTIONS: Final = click.option(
    "--max-contributions", type=click.IntRange(0, 100), help="How many reasons to return for each lead, 0 to 100."
)
MODEL_VERSION: Final = click.option("--model-version", default="", help="Version to score with. Default: the active.")
MAPPING: Final = click.option(
    "--mapping", type=click.Path(dir_okay=False), help="TOML file that says what the columns mean."
)
REASON: Final = click.option("--reason", default="", help="Why; kept in the history.")
LIMIT: Final = click.option("--limit", type=click.IntRange(min=1), help="At most this many. Default: all.")
