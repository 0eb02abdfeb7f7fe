"""Pictures of a drift report: drift per feature, the scores, calibration over time."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from leadline.monitoring import DriftAnswer, DriftReport

_SUFFIXES: Final = (".png", ".html")
_WIDE: Final = (9.0, 11.0)
_CALM, _MOVED, _THEN = "#4c78a8", "#e45756", "#bab0ac"


def draw(answer: DriftAnswer, path: Path, top: int) -> None:
    """Write the pictures to a file: PNG, or HTML with one drawing inside.

    Raises:
        click.ClickException: If matplotlib is not installed, or the file cannot be written.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise click.BadParameter("must end in .png or .html", param_hint="--plot")
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - only who draws needs it
    except ImportError as problem:
        raise click.ClickException("drawing needs matplotlib: pip install 'leadline[plots]'") from problem
    report = answer.report
    if report is None:
        return
    figure = Figure(figsize=_WIDE, layout="constrained")
    features, scores, calibration = figure.subplots(3, 1, height_ratios=(3, 2, 2))
    _draw_features(features, report, top)
    _draw_scores(scores, report)
    _draw_calibration(calibration, answer)
    content = _rendered(figure, "svg" if path.suffix.lower() == ".html" else "png")
    try:
        path.write_bytes(_page(content, report.version) if path.suffix.lower() == ".html" else content)
    except OSError as problem:
        raise click.ClickException(f"{path} cannot be written: {problem.strerror}") from problem


def _draw_features(axes: Any, report: DriftReport, top: int) -> None:
    findings = list(reversed(report.features[:top]))
    colours = [_MOVED if one.drifted else _CALM for one in findings]
    axes.barh([f"{one.name} ({one.baseline.value})" for one in findings], [one.psi for one in findings], color=colours)
    axes.set_title(f"Drift per feature, {report.row_count:,} answers of {report.version}")
    axes.set_xlabel("PSI beyond chance; red: drifted")


def _draw_scores(axes: Any, report: DriftReport) -> None:
    for share, colour, label in (("baseline_share", _THEN, "training"), ("share", _CALM, "now")):
        axes.stairs(
            [getattr(one, share) for one in report.score_bins],
            [one.lower for one in report.score_bins] + [one.upper for one in report.score_bins[-1:]] or [0.0],
            color=colour,
            fill=label == "training",
            label=label,
        )
    axes.set_title("Scores")
    axes.set_xlabel("score")
    axes.set_ylabel("share")
    axes.legend()


def _draw_calibration(axes: Any, answer: DriftAnswer) -> None:
    reports = [*answer.history, *([answer.report] if answer.report else [])]
    points = [(one.report_time, one.calibration) for one in reports if one.calibration is not None and one.report_time]
    axes.axhline(1.0, color=_THEN)
    for moment, found in points:
        if found.interval is not None:
            axes.plot([moment, moment], [found.interval.lower, found.interval.upper], color=_CALM)
        axes.plot([moment], [found.observed_over_expected], "o", color=_MOVED if found.drifted else _CALM)
    axes.set_title("Calibration over time" if points else "Calibration over time: no outcomes yet")
    axes.set_ylabel("conversions seen / expected")
    axes.tick_params(axis="x", rotation=30)


def _rendered(figure: Any, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=120)
    return buffer.getvalue()


def _page(drawing: bytes, version: str) -> bytes:
    # A version's name holds no character that means anything in HTML.
    svg = drawing[drawing.index(b"<svg") :]
    head = f"<!doctype html><meta charset='utf-8'><title>Drift of {version}</title>"
    return head.encode() + svg
