"""What a process takes of the memory, shared pages told apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_KIB = 1024


@dataclass(frozen=True)
class Memory:
    rss_bytes: int
    """Every page it can reach."""
    pss_bytes: int
    """The same, with a page that several processes share counted in parts: these may be added up."""


def memory_of(pid: int) -> Memory:
    """Return the memory of a process; Linux only. ProcessLookupError or FileNotFoundError if it is gone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(size.split()[0]) * _KIB for name, size in (line.split(":", 1) for line in lines)}
    return Memory(rss_bytes=sizes["Rss"], pss_bytes=sizes["Pss"])


def children_of(pid: int) -> list[int]:
    """Return the direct children of a process, zombies included."""
    return sorted(int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if _parent_of(stat) == pid)


def _parent_of(stat: Path) -> int | None:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def memory_of_tree(pid: int) -> dict[int, Memory]:
    """Return the memory of a process and its direct children, by process id."""
    return {each: memory_of(each) for each in (pid, *children_of(pid))}
