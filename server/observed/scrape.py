"""Puts together what Prometheus reads: the figures of this process, or of all processes of a pool."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from server.observed.labels import ACTIVE_VERSION

_ENDED = 0
"""Stands for all processes that have ended, where the others have their id."""
_FILES = threading.Lock()
"""Held while counts move from one file to another: nobody must read them twice or not at all."""


class _AllFigures(Collector):
    def __init__(self, own: Sequence[CollectorRegistry], folder: Path | None) -> None:
        self._own = own
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Return every family once; the processes' files come before what this process holds itself."""
        seen: set[str] = set()
        for family in self._families():
            if family.name not in seen:
                seen.add(family.name)
                yield _trimmed(family)

    def _families(self) -> Iterator[Metric]:
        if self._folder is not None:
            yield from _figures_of_all(self._folder)
        for registry in self._own:
            yield from registry.collect()


def _figures_of_all(folder: Path) -> Iterable[Metric]:
    collector = MultiProcessCollector(None, path=str(folder))  # type: ignore[no-untyped-call]
    with _FILES:
        families: Iterable[Metric] = collector.collect()  # type: ignore[no-untyped-call]
    return families


def _trimmed(family: Metric) -> Metric:
    """Leave out versions that serve no more, and the times of the first count, half of all series for nobody."""
    if family.name == ACTIVE_VERSION:
        family.samples = [sample for sample in family.samples if sample.value]
    family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
    return family


def scrape_registry(*own: CollectorRegistry, folder: Path | None = None) -> CollectorRegistry:
    """Return the registry to serve.

    Args:
        own: Registries of this process.
        folder: Where the processes of a pool write their figures; None: there is only this process.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_AllFigures(own, folder))
    return registry


def forget_process(pid: int, folder: Path) -> None:
    """Leave the gauges of a process that has ended out from now on; what it counted still counts.

    Its counts move to one file for all that ended: after a thousand restarts, reading two files for each would take
    longer than Prometheus waits. Only for the process that answers on the metrics port.
    """
    with _FILES:
        mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]
        for kind in ("counter", "histogram"):
            ended = folder / f"{kind}_{pid}.db"
            if ended.exists():
                _add(ended, folder / f"{kind}_{_ENDED}.db")
                ended.unlink()


def _add(ended: Path, total: Path) -> None:
    values = MmapedDict.read_all_values_from_file(str(ended))  # type: ignore[no-untyped-call]
    sums = MmapedDict(str(total))  # type: ignore[no-untyped-call]
    for key, value, _, _ in values:
        before, _ = sums.read_value(key)  # type: ignore[no-untyped-call]
        sums.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
    sums.close()  # type: ignore[no-untyped-call]
