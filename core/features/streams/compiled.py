"""A plan made ready for events: which aggregates an event touches is worked out once for each sort of event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from core.event import Event, EventKind
from core.features.streams.admissible import check_plan
from core.features.streams.aggregate import Aggregate, Function, Unit
from core.features.streams.declaration import StreamPlan
from core.features.streams.fields import FIELDS, FieldValue
from core.features.streams.tiles.counted import StepTiles
from core.features.streams.tiles.distincts import DistinctTiles
from core.features.streams.tiles.ends import FirstTiles, LastTile
from core.features.streams.tiles.extremes import ExtremeTiles
from core.features.streams.tiles.histograms import HistogramTiles
from core.features.streams.tiles.sessions import SessionTiles
from core.features.streams.tiles.tiles import Tiles
from core.features.streams.window import Window

_SUMS = frozenset({Function.COUNT, Function.SUM, Function.SQUARES})
_STRIDE = 64
"""Places of one aggregate in a row: a histogram of few values takes one for each, a sum the first only."""
_KIND_INDEX = {kind.value: index for index, kind in enumerate(EventKind)}
_NUMBERED = {Unit.HOUR: range(24), Unit.WEEKDAY: range(7), Unit.MONTH_OF_YEAR: range(1, 13)}
"""Values of a histogram of few values that are their own index."""
_TILES: Mapping[Function, Callable[[Aggregate], Tiles]] = {
    Function.MIN: lambda _: ExtremeTiles(1),
    Function.MAX: lambda _: ExtremeTiles(-1),
    Function.FIRST: lambda _: FirstTiles(),
    Function.LAST: lambda _: LastTile(),
    Function.DISTINCT: lambda _: DistinctTiles(),
    Function.HISTOGRAM: lambda _: HistogramTiles(),
    Function.SESSIONS: lambda aggregate: SessionTiles(aggregate.gap_us, aggregate.window.step_us),
    Function.STEPS: lambda _: StepTiles(),
}


class FieldTouch(NamedTuple):
    """What an event that has a field touches in the row of sums."""

    field: int
    """Index into the values of the route's getters."""
    counts: tuple[int, ...]
    """Places in the row of sums that rise by one."""
    sums: tuple[int, ...]
    """Places that rise by the value."""
    squares: tuple[int, ...]
    """Places that rise by its square."""
    bases: tuple[int, ...]
    """The value added to one of these is a place that rises by one."""


class TileTouch(NamedTuple):
    """What an event that has a field touches besides."""

    field: int
    """Index into the values of the route's getters."""
    tiles: tuple[int, ...]
    """Positions of tiles."""


class Touch(NamedTuple):
    """What an event touches in one window, or of one half-life."""

    part: int
    """Index of the window or of the half-life."""
    counts: tuple[int, ...]
    fields: tuple[FieldTouch, ...]
    tiles: tuple[int, ...]
    field_tiles: tuple[TileTouch, ...]


class Route(NamedTuple):
    """What one sort of event touches."""

    getters: tuple[Callable[[Event], FieldValue], ...]
    windows: tuple[Touch, ...]
    decays: tuple[Touch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledWindow:
    """The aggregates of one window.

    Attributes:
        sums: Name and place of each sum.
        histograms: Name of each histogram of few values, and its values, rising, with their places.
        tiled: The aggregates that are neither.
    """

    window: Window
    aggregates: tuple[Aggregate, ...]
    sums: tuple[tuple[str, int], ...]
    histograms: tuple[tuple[str, tuple[tuple[str | int, int], ...]], ...]
    tiled: tuple[Aggregate, ...]

    def new_tiles(self) -> list[Tiles]:
        """Return empty tiles, one for each aggregate that has them."""
        return [_TILES[aggregate.function](aggregate) for aggregate in self.tiled]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledDecay:
    """The decaying sums of one half-life; the place of each in a row is its position times a fixed stride."""

    half_life_us: int
    aggregates: tuple[Aggregate, ...]
    sums: tuple[tuple[str, int], ...]


class CompiledPlan:
    """A plan's windows and routes. Many states share one; routes are made when first asked for.

    Raises:
        InvalidInput: If the plan has an aggregate that cannot be kept.
    """

    def __init__(self, plan: StreamPlan) -> None:
        check_plan(plan)
        windows: dict[tuple[int, int], list[Aggregate]] = {}
        decays: dict[int, list[Aggregate]] = {}
        for aggregate in plan.aggregates:
            if aggregate.function is Function.DECAYED:
                decays.setdefault(aggregate.half_life_us, []).append(aggregate)
            else:
                windows.setdefault((aggregate.window.span_us, aggregate.window.step_us), []).append(aggregate)
        self.windows = tuple(_window(tuple(aggregates)) for aggregates in windows.values())
        self.decays = tuple(_decay(half_life_us, tuple(aggregates)) for half_life_us, aggregates in decays.items())
        self.items_only = plan.name == "lead_item"
        self._sort_of = attrgetter("kind", *_filtered_by(plan.aggregates))
        self._routes: dict[Any, Route] = {}

    def route(self, event: Event) -> Route:
        """Return what an event touches."""
        sort = self._sort_of(event)
        route = self._routes.get(sort)
        if route is None:
            route = self._routes[sort] = self._new_route(event)
        return route

    def _new_route(self, event: Event) -> Route:
        units: dict[Unit, int] = {}
        windows = [_touch(i, window.aggregates, window.tiled, event, units) for i, window in enumerate(self.windows)]
        decays = [_touch(i, decay.aggregates, (), event, units) for i, decay in enumerate(self.decays)]
        return Route(tuple(FIELDS[unit] for unit in units), _touched(windows), _touched(decays))


def compiled(plan: StreamPlan) -> CompiledPlan:
    """Return the compiled plan, the same one for equal plans.

    Raises:
        InvalidInput: If the plan has an aggregate that cannot be kept.
    """
    key = (plan.name, plan.hash)
    known = _COMPILED.get(key)
    if known is None:
        known = _COMPILED[key] = CompiledPlan(plan)
    return known


_COMPILED: dict[tuple[str, str], CompiledPlan] = {}
"""By name and hash. A process has a handful of plans; threads that meet here at worst compile one twice."""


def layout_of_rows() -> str:
    """Return what the places in rows depend on besides the plan."""
    return ",".join(_KIND_INDEX)


def matches(aggregate: Aggregate, event: Event) -> bool:
    """Tell whether an event passes the filter of an aggregate."""
    return (
        (not aggregate.kinds or event.kind in aggregate.kinds)
        and (not aggregate.pages or event.page_type in aggregate.pages)
        and (not aggregate.devices or event.device in aggregate.devices)
        and (aggregate.positive is None or aggregate.positive is event.positive)
    )


def _filtered_by(aggregates: Sequence[Aggregate]) -> list[str]:
    """Return what filters look at besides the kind; never none, so that the getter always gives a tuple."""
    pages = ["page_type"] if any(aggregate.pages for aggregate in aggregates) else []
    devices = ["device"] if any(aggregate.devices for aggregate in aggregates) else []
    return ["positive", *pages, *devices]


def _in_few_places(aggregate: Aggregate) -> bool:
    return aggregate.function is Function.HISTOGRAM and (aggregate.field in _NUMBERED or aggregate.field is Unit.KIND)


def _window(aggregates: tuple[Aggregate, ...]) -> CompiledWindow:
    placed = [(aggregate, position * _STRIDE) for position, aggregate in enumerate(aggregates)]
    return CompiledWindow(
        window=aggregates[0].window,
        aggregates=aggregates,
        sums=tuple((aggregate.name, base) for aggregate, base in placed if aggregate.function in _SUMS),
        histograms=tuple(
            (aggregate.name, _keyed(aggregate, base)) for aggregate, base in placed if _in_few_places(aggregate)
        ),
        tiled=tuple(
            aggregate for aggregate in aggregates if aggregate.function not in _SUMS and not _in_few_places(aggregate)
        ),
    )


def _keyed(aggregate: Aggregate, base: int) -> tuple[tuple[str | int, int], ...]:
    if aggregate.field is Unit.KIND:
        return tuple((kind, base + _KIND_INDEX[kind]) for kind in sorted(_KIND_INDEX))
    return tuple((value, base + value) for value in _NUMBERED[aggregate.field or Unit.HOUR])


def _decay(half_life_us: int, aggregates: tuple[Aggregate, ...]) -> CompiledDecay:
    return CompiledDecay(
        half_life_us=half_life_us,
        aggregates=aggregates,
        sums=tuple((aggregate.name, position * _STRIDE) for position, aggregate in enumerate(aggregates)),
    )


def _touched(touches: Sequence[Touch]) -> tuple[Touch, ...]:
    return tuple(touch for touch in touches if any(touch[1:]))


def _touch(
    index: int, aggregates: Sequence[Aggregate], tiled: Sequence[Aggregate], event: Event, units: dict[Unit, int]
) -> Touch:
    """Return what events like this one touch; gives units the next free index."""
    mine = [(base * _STRIDE, aggregate) for base, aggregate in enumerate(aggregates) if matches(aggregate, event)]
    plain, by_unit = _Places(), dict[Unit, _Places]()
    for base, aggregate in mine:
        if aggregate.function is Function.HISTOGRAM and aggregate.field is Unit.KIND:
            plain.counts.append(base + _KIND_INDEX[event.kind])
            continue
        places = plain if aggregate.field is None else by_unit.setdefault(aggregate.field, _Places())
        places.put(aggregate, base, tiled)
    indexed = [(units.setdefault(unit, len(units)), places) for unit, places in by_unit.items()]
    return Touch(
        part=index,
        counts=tuple(plain.counts + plain.sums),
        fields=tuple(FieldTouch(field, *places.of_sums()) for field, places in indexed if any(places.of_sums())),
        tiles=tuple(plain.tiles),
        field_tiles=tuple(TileTouch(field, tuple(places.tiles)) for field, places in indexed if places.tiles),
    )


class _Places:
    """Where one field's aggregates stand."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.sums: list[int] = []
        self.squares: list[int] = []
        self.bases: list[int] = []
        self.tiles: list[int] = []
        self._by_function = {
            Function.COUNT: self.counts,
            Function.SUM: self.sums,
            Function.DECAYED: self.sums,
            Function.SQUARES: self.squares,
        }

    def put(self, aggregate: Aggregate, base: int, tiled: Sequence[Aggregate]) -> None:
        """Note where an aggregate stands: a place in the row or a position among the tiles."""
        if _in_few_places(aggregate):
            self.bases.append(base)
        elif aggregate.function in self._by_function:
            self._by_function[aggregate.function].append(base)
        else:
            self.tiles.append(next(i for i, other in enumerate(tiled) if other is aggregate))

    def of_sums(self) -> tuple[tuple[int, ...], ...]:
        """Return the places in the row, in the order of FieldTouch."""
        return tuple(tuple(places) for places in (self.counts, self.sums, self.squares, self.bases))
