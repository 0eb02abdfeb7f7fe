"""The interactions of all leads as columns, and their division by time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.event import Event
from core.recommend.interaction import Interaction
from core.recommend.preference import LeadInteractions

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionTable:
    """n interactions, one for each lead and item, by lead and within a lead oldest first."""

    lead_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    leads: Positions
    """(n,), positions in ``lead_ids``, never falling."""
    items: Positions
    """(n,), positions in ``item_ids``."""
    weights: npt.NDArray[np.float64]
    """(n,), see :class:`core.recommend.interaction.Interaction`."""
    occurred_us: npt.NDArray[np.int64]
    """(n,), microseconds since 1970 UTC."""

    def __post_init__(self) -> None:
        sizes = {self.leads.shape, self.items.shape, self.weights.shape, self.occurred_us.shape}
        if len(sizes) != 1:
            raise InvalidInput.of("interactions", "must have columns of one length")
        if np.any(np.diff(self.leads) < 0):
            raise InvalidInput.of("interactions.leads", "must not fall")

    def __len__(self) -> int:
        return int(self.leads.size)

    def of_catalogue(self, item_ids: Sequence[str]) -> InteractionTable:
        """Return the interactions with the items of a catalogue, positions being those in it."""
        index = {item_id: position for position, item_id in enumerate(item_ids)}
        moved = np.array([index.get(item_id, -1) for item_id in self.item_ids], dtype=np.intp)
        items = moved[self.items] if len(self) else self.items
        kept = items >= 0
        return replace(
            self,
            item_ids=tuple(item_ids),
            leads=self.leads[kept],
            items=items[kept],
            weights=self.weights[kept],
            occurred_us=self.occurred_us[kept],
        )

    def rows(self, chosen: npt.NDArray[np.bool_]) -> InteractionTable:
        """Return some of the rows; leads and items keep their positions."""
        return replace(
            self,
            leads=self.leads[chosen],
            items=self.items[chosen],
            weights=self.weights[chosen],
            occurred_us=self.occurred_us[chosen],
        )

    def starts(self) -> Positions:
        """Return where each lead's rows begin, and the end: (leads + 1,)."""
        return np.searchsorted(self.leads, np.arange(len(self.lead_ids) + 1)).astype(np.intp)

    def history(self, lead: int) -> list[Interaction]:
        """Return the interactions of one lead, oldest first."""
        begin, end = np.searchsorted(self.leads, [lead, lead + 1])
        return [
            Interaction(self.item_ids[item], float(weight), int(occurred), "", "")
            for item, weight, occurred in zip(
                self.items[begin:end], self.weights[begin:end], self.occurred_us[begin:end], strict=True
            )
        ]

    def fingerprint(self) -> str:
        """Return a SHA-256 over the rows in order, hexadecimal."""
        digest = hashlib.sha256("\n".join((*self.lead_ids, "", *self.item_ids)).encode())
        for column in (self.leads, self.items, self.weights, self.occurred_us):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()


def table_of(histories: Mapping[str, Sequence[Interaction]]) -> InteractionTable:
    """Return the table of the interactions of each lead, given oldest first."""
    item_ids = tuple(sorted({one.item_id for history in histories.values() for one in history}))
    index = {item_id: position for position, item_id in enumerate(item_ids)}
    lead_ids = tuple(sorted(histories))
    rows = [
        (lead, index[one.item_id], one.weight, one.occurred_us)
        for lead, lead_id in enumerate(lead_ids)
        for one in histories[lead_id]
    ]
    return InteractionTable(
        lead_ids=lead_ids,
        item_ids=item_ids,
        leads=np.array([row[0] for row in rows], dtype=np.intp),
        items=np.array([row[1] for row in rows], dtype=np.intp),
        weights=np.array([row[2] for row in rows], dtype=np.float64),
        occurred_us=np.array([row[3] for row in rows], dtype=np.int64),
    )


def table_of_events(events: Iterable[Event]) -> InteractionTable:
    """Return the table of what events say, in any order and of any leads."""
    leads: dict[str, LeadInteractions] = {}
    for event in events:
        if event.item_id:
            leads.setdefault(event.lead_id, LeadInteractions()).add(event)
    return table_of({lead_id: lead.interactions() for lead_id, lead in leads.items()})


def split_newest(table: InteractionTable, share: float) -> tuple[InteractionTable, InteractionTable]:
    """Return the older rows and each lead's newest ones.

    Args:
        table: To divide.
        share: Of each lead's rows that is held out, rounded; at least one row stays, and none is held out of a lead
            with a single row.
    """
    starts = table.starts()
    counts = np.diff(starts)
    held = np.where(counts > 1, np.clip(np.rint(counts * share), 1, np.maximum(counts - 1, 1)), 0).astype(np.intp)
    from_end = starts[1:][table.leads] - np.arange(len(table))
    newest = from_end <= held[table.leads]
    return table.rows(~newest), table.rows(newest)
