"""Works out the steps of the inductive Venn-Abers predictor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.scoring.interval import VennAbersSteps

Vector = npt.NDArray[np.float64]
Point = tuple[float, float]


def venn_abers_steps(margins: Vector, outcomes: npt.NDArray[np.bool_], weights: Vector | None = None) -> VennAbersSteps:
    """Return p0 and p1 at every distinct calibration margin, exactly.

    Isotonic regression is the slope of the greatest convex minorant of the cumulative sum diagram. Adding one lead that
    converts (p1) or does not (p0) at each place in turn changes the diagram by one point, so all minorants follow from
    one stack in linear time: algorithms 1 to 4 of Vovk, Petej, Fedorova 2015.

    With weights, a calibration lead counts as that part of the new one, which counts 1: leads of old count less, and
    the interval is as wide as what still counts warrants. Nothing is exact then; as for conformal prediction with
    fixed weights (Barber, Candes, Ramdas, Tibshirani 2023), what is lost is bounded by how much the leads that still
    count differ from the new one, instead of all leads.

    Args:
        margins: Calibration margins, (n,), n >= 1; ties are merged.
        outcomes: Whether each converted, (n,).
        weights: How much each counts, (n,), in (0, 1]; None: 1 each.
    """
    distinct, inverse = np.unique(margins, return_inverse=True)
    counts = np.ones(len(margins)) if weights is None else weights
    sizes = np.bincount(inverse, weights=counts, minlength=len(distinct))
    wins = np.bincount(inverse, weights=counts * outcomes, minlength=len(distinct))
    x = np.concatenate([[0.0], np.cumsum(sizes, dtype=np.float64)])
    y = np.concatenate([[0.0], np.cumsum(wins)])
    p1 = _upper_steps(x, y)
    # A lead that does not convert is one that converts in the mirrored problem, where the order is reversed too.
    p0 = 1.0 - _upper_steps(x[-1] - x[::-1], (x[-1] - y[-1]) - (x - y)[::-1])[::-1]
    rising = [np.clip(np.maximum.accumulate(steps), 0.0, 1.0) for steps in (p0, p1)]
    return VennAbersSteps(distinct.tolist(), rising[0].tolist(), rising[1].tolist())


def _upper_steps(x: Vector, y: Vector) -> Vector:
    """Return p1 at each of the k distinct margins, from the cumulative sums x, y (k + 1,) that start at 0."""
    count = len(x) - 1
    # The new lead stands before point i; what comes before it moves one step back and one down: P[-1] = (-1, -1).
    points: list[Point] = [(-1.0, -1.0), *zip(x.tolist(), y.tolist(), strict=True)]
    hull: list[Point] = []
    for point in points:
        while len(hull) > 1 and not _turns_left(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    stack = hull[::-1]
    steps = np.empty(count)
    for i in range(1, count + 1):
        top, below = stack[-1], stack[-2]
        steps[i - 1] = (below[1] - top[1]) / (below[0] - top[0])
        moved = (
            points[i - 1][0] + points[i + 1][0] - points[i][0],
            points[i - 1][1] + points[i + 1][1] - points[i][1],
        )
        points[i] = moved
        if not _is_below_line(moved, top, below):
            continue
        stack.pop()
        while len(stack) > 1 and not _turns_left(moved, stack[-1], stack[-2]):
            stack.pop()
        stack.append(moved)
    return steps


def _turns_left(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0


def _is_below_line(point: Point, a: Point, b: Point) -> bool:
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) <= 0
