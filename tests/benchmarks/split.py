"""Which leads of a table are learned from, and which are asked about."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from operator import itemgetter

import numpy as np

from training.table import LeadTable
from training.table.lead_table import fingerprint_rows

NEWER_SHARE = 0.3
SEED = 42


def newer_positions(count: int, share: float = NEWER_SHARE) -> tuple[list[int], list[int]]:
    """Return (older, newer) positions of ``count`` rows in order of time."""
    cut = count - round(share * count)
    return list(range(cut)), list(range(cut, count))


def random_positions(
    groups: Sequence[Hashable], share: float = NEWER_SHARE, seed: int = SEED
) -> tuple[list[int], list[int]]:
    """Return (learned, asked) positions, about ``share`` of the groups asked about, no group on both sides.

    Args:
        groups: The group of each row; a row's own position makes every row a group of its own.
        share: In (0, 1).
        seed: Of the draw.
    """
    distinct = list(dict.fromkeys(groups))
    order = np.random.default_rng(seed).permutation(len(distinct))
    asked = {distinct[i] for i in order[: round(share * len(distinct))]}
    return (
        [i for i, group in enumerate(groups) if group not in asked],
        [i for i, group in enumerate(groups) if group in asked],
    )


def shuffled(positions: Sequence[int], seed: int = SEED) -> list[int]:
    """Return positions in random order, for rows whose order must mean nothing."""
    return [positions[i] for i in np.random.default_rng(seed).permutation(len(positions))]


def part(table: LeadTable, positions: Sequence[int]) -> LeadTable:
    """Return some rows of a table, in the given order; at least two."""
    chosen = itemgetter(*positions)
    leads, outcomes, times = chosen(table.leads), table.outcomes[list(positions)], chosen(table.outcome_times)
    return replace(
        table,
        leads=leads,
        outcomes=outcomes,
        moments=chosen(table.moments),
        outcome_times=times,
        order=table.order[list(positions)],
        places=chosen(table.places),
        fingerprint=fingerprint_rows(leads, outcomes.tolist(), times),
    )
