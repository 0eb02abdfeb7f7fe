"""Pictures of a drift report: drift per feature, the scores, calibration over time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leadline.command.drawing import CALM, MOVED, PALE, empty_figure, save

if TYPE_CHECKING:
    from leadline.monitoring import DriftAnswer, DriftReport

_INCHES: Final = (9.0, 11.0)


def draw(answer: DriftAnswer, path: Path, top: int) -> None:
    """Write the pictures to a file; without a report there is nothing to draw.

    Raises:
        click.ClickException: See :mod:`leadline.command.drawing`.
    """
    figure = empty_figure(path, _INCHES)
    report = answer.report
    if report is None:
        return
    features, scores, calibration = figure.subplots(3, 1, height_ratios=(3, 2, 2))
    _draw_features(features, report, top)
    _draw_scores(scores, report)
    _draw_calibration(calibration, answer)
    save(figure, path, f"Drift of {report.version}")


def _draw_features(axes: Any, report: DriftReport, top: int) -> None:
    findings = list(reversed(report.features[:top]))
    colours = [MOVED if one.drifted else CALM for one in findings]
    axes.barh([f"{one.name} ({one.baseline.value})" for one in findings], [one.psi for one in findings], color=colours)
    axes.set_title(f"Drift per feature, {report.row_count:,} answers of {report.version}")
    axes.set_xlabel("PSI beyond chance; red: drifted")


def _draw_scores(axes: Any, report: DriftReport) -> None:
    for share, colour, label in (("baseline_share", PALE, "training"), ("share", CALM, "now")):
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
    axes.axhline(1.0, color=PALE)
    for moment, found in points:
        if found.interval is not None:
            axes.plot([moment, moment], [found.interval.lower, found.interval.upper], color=CALM)
        axes.plot([moment], [found.observed_over_expected], "o", color=MOVED if found.drifted else CALM)
    axes.set_title("Calibration over time" if points else "Calibration over time: no outcomes yet")
    axes.set_ylabel("conversions seen / expected")
    axes.tick_params(axis="x", rotation=30)
