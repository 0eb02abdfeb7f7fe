"""Pictures as files: PNG, or HTML with one drawing inside."""

from __future__ import annotations

import html
import io
from pathlib import Path
from typing import Any, Final

import click

CALM: Final = "#4c78a8"
MOVED: Final = "#e45756"
PALE: Final = "#bab0ac"
_SUFFIXES: Final = (".png", ".html")


def empty_figure(path: Path, inches: tuple[float, float]) -> Any:
    """Return a matplotlib figure to draw on.

    Args:
        path: Where it will go: its suffix is checked before anything is drawn.
        inches: Width and height.

    Raises:
        click.BadParameter: If the suffix is neither .png nor .html.
        click.ClickException: If matplotlib is not installed.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise click.BadParameter("must end in .png or .html", param_hint="--plot")
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - only who draws needs it
    except ImportError as problem:
        raise click.ClickException("drawing needs matplotlib: pip install 'leadline[plots]'") from problem
    return Figure(figsize=inches, layout="constrained")


def save(figure: Any, path: Path, title: str) -> None:
    """Write a figure in the format of the suffix. In HTML its words stay words.

    Raises:
        click.ClickException: If the file cannot be written.
    """
    content = _page(figure, title) if path.suffix.lower() == ".html" else _rendered(figure, "png")
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise click.ClickException(f"{path} cannot be written: {problem.strerror}") from problem


def _page(figure: Any, title: str) -> bytes:
    from matplotlib import rc_context  # noqa: PLC0415 - only who draws needs it

    with rc_context({"svg.fonttype": "none"}):
        drawing = _rendered(figure, "svg")
    svg = drawing[drawing.index(b"<svg") :]
    return f"<!doctype html><meta charset='utf-8'><title>{html.escape(title)}</title>".encode() + svg


def _rendered(figure: Any, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=120)
    return buffer.getvalue()
