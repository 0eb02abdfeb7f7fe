"""A picture of results: the effect with its interval over time, the boundary, and the units of each arm."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leadline.command.drawing import CALM, MOVED, PALE, empty_figure, save
from leadline.experiment import MetricKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadline.experiment_result import ExperimentLook, ExperimentResults
    from leadline.score import Interval

_INCHES: Final = (9.0, 11.0)
_COLOURS: Final = (CALM, MOVED, "#54a24b", "#b279a2", "#f58518", "#72b7b2", "#9d755d", "#eeca3b", "#ff9da6")
"""One for each treatment: there are 9 at most."""


def draw(results: ExperimentResults, path: Path) -> None:
    """Write the picture to a file.

    Raises:
        click.ClickException: See :mod:`leadline.command.drawing`.
    """
    figure = empty_figure(path, _INCHES)
    figure.suptitle(f"{results.experiment.name}: {results.recommendation.code.name}")
    effect, statistic, units = figure.subplots(3, 1, height_ratios=(3, 3, 2), sharex=True)
    _draw_effect(effect, results)
    _draw_statistic(statistic, results)
    _draw_units(units, results)
    units.tick_params(axis="x", rotation=20)
    save(figure, path, f"Experiment {results.experiment.name}")


def _looks(results: ExperimentResults) -> Mapping[str, Sequence[ExperimentLook]]:
    """Return the looks with a time, by treatment."""
    ordered = sorted((look for look in results.looks if look.look_time), key=lambda look: (look.treatment, look.number))
    return {treatment: list(looks) for treatment, looks in groupby(ordered, key=lambda look: look.treatment)}


def _colours(results: ExperimentResults) -> Mapping[str, str]:
    treatments = [one.variant for one in results.variants if not one.is_control]
    return dict(zip(treatments, _COLOURS, strict=False))


def _draw_effect(axes: Any, results: ExperimentResults) -> None:
    colours = _colours(results)
    axes.axhline(0.0, color=PALE)
    for treatment, looks in _looks(results).items():
        times = [look.look_time for look in looks]
        colour = colours.get(treatment, CALM)
        axes.plot(times, [100 * look.difference for look in looks], "o-", color=colour, label=f"{treatment}, at looks")
        held = [(look.look_time, _points(look.interval)) for look in looks if look.interval is not None]
        lowers, uppers = [ends[0] for _, ends in held], [ends[1] for _, ends in held]
        axes.fill_between([at for at, _ in held], lowers, uppers, color=colour, alpha=0.2)
        axes.vlines([at for at, _ in held], lowers, uppers, color=colour, alpha=0.5)
    for one in results.comparisons:
        if one.metric is not MetricKind.CONVERSION or results.result_time is None:
            continue
        between = one.always_valid.interval if one.always_valid else None
        colour, now = colours.get(one.treatment, CALM), results.result_time
        axes.plot([now], [100 * one.difference], "s", color=colour, label=f"{one.treatment}, now, always valid")
        if between is not None:
            axes.plot([now, now], _points(between), "_-", markersize=12, color=colour)
    axes.set_title("Effect on conversion with its interval")
    axes.set_ylabel("treatment less control, points")
    if results.comparisons or results.looks:
        axes.legend()


def _points(between: Interval) -> tuple[float, float]:
    """Return the ends of an interval in points; no difference of shares is beyond 100."""
    return max(-100.0, 100 * between.lower), min(100.0, 100 * between.upper)


def _draw_statistic(axes: Any, results: ExperimentResults) -> None:
    colours = _colours(results)
    axes.axhline(0.0, color=PALE)
    by_treatment = _looks(results)
    for treatment, looks in by_treatment.items():
        times, colour = [look.look_time for look in looks], colours.get(treatment, CALM)
        axes.plot(times, [look.statistic for look in looks], "o-", color=colour, label=treatment)
        for sign in (1, -1):
            label = f"boundary of {treatment}" if sign == 1 else None
            axes.plot(times, [sign * look.boundary for look in looks], "--", color=colour, label=label)
    axes.set_title("Statistic and boundary" if by_treatment else "Statistic and boundary: no look was taken")
    axes.set_ylabel("z")
    if by_treatment:
        axes.legend()


def _draw_units(axes: Any, results: ExperimentResults) -> None:
    by_treatment, colours = _looks(results), _colours(results)
    for one in results.variants:
        seen = by_treatment.get(one.variant) or (next(iter(by_treatment.values()), []) if one.is_control else [])
        points = [(look.look_time, look.control_units if one.is_control else look.treatment_units) for look in seen]
        if results.result_time is not None:
            points.append((results.result_time, one.unit_count))
        colour = PALE if one.is_control else colours.get(one.variant, CALM)
        label = f"{one.variant}: {one.unit_count:,} units"
        axes.plot([at for at, _ in points], [count for _, count in points], "o-", color=colour, label=label)
    axes.set_title("Units of each arm")
    axes.set_ylabel("units")
    axes.set_ylim(bottom=0)
    if results.variants:
        axes.legend()
