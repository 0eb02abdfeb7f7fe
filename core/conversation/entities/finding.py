"""Finds the facts in a text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from core.conversation.entities.answers import find_answers
from core.conversation.entities.areas import find_areas
from core.conversation.entities.contacts import find_emails, find_phones
from core.conversation.entities.days import find_days
from core.conversation.entities.entity import Entity
from core.conversation.entities.money import find_money
from core.conversation.entities.places import find_places
from core.conversation.entities.rooms import find_rooms
from core.conversation.folded import folded

MOST_ENTITIES = 200
"""Of one text; the first ones are kept."""


def find_entities(text: str, moment: datetime | None, agent_text: str = "") -> tuple[Entity, ...]:
    """Return the facts of a text, in its order and without overlaps.

    Rules for US and UK English. Every pattern repeats a bounded number of times, so that time grows in proportion to
    the length of the text, whatever it holds.

    Args:
        text: Any text.
        moment: When it was sent; relative days count from its own calendar day. None: relative days have no time.
        agent_text: The agent's turn before it, whose question explains short answers; may be empty.

    Returns:
        At most 200 facts.
    """
    is_taken = bytearray(len(text))
    found = []
    for entity in _candidates(text, moment, agent_text):
        if not any(is_taken[entity.start : entity.end]):
            is_taken[entity.start : entity.end] = b"\x01" * (entity.end - entity.start)
            found.append(entity)
    found.sort(key=lambda entity: entity.start)
    return tuple(found[:MOST_ENTITIES])


def _candidates(text: str, moment: datetime | None, agent_text: str) -> Iterator[Entity]:
    """Yield facts, the surest kinds first: those that come later must not overlap them."""
    plain = folded(text)
    yield from find_emails(plain)
    yield from find_areas(plain)
    yield from find_rooms(plain)
    yield from find_phones(plain)
    yield from find_days(plain, moment)
    yield from find_money(plain)
    yield from find_places(text, plain)
    if agent_text:
        yield from find_answers(text, plain, agent_text)
