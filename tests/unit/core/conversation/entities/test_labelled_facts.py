from __future__ import annotations

from functools import cache

import pytest

from tests.benchmarks.conversation.entities import tally
from tests.parts.labelled_facts import DATA, HOMES, NLUPP, read_homes, read_nlupp

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not all((DATA / path).is_file() for path in (HOMES, *NLUPP)), reason="the dialogues are not in the data folder"
    ),
]


@cache
def unseen(read):
    """A third of the half that the rules were not tried on."""
    return [one for one in read() if one.is_test][::3]


@pytest.mark.parametrize(
    ("read", "fact", "recall", "precision"),
    [
        (read_homes, "place", 0.9, 0.95),
        (read_homes, "bedrooms", 0.93, 0.95),
        (read_homes, "bathrooms", 0.95, 0.95),
        (read_homes, "day", 0.97, 0.85),
        (read_nlupp, "amount", 0.8, 0.9),
        (read_nlupp, "day", 0.88, 0.75),
    ],
)
def test_facts_that_people_marked_are_found(read, fact, recall, precision):
    counts = tally(unseen(read), fact)

    assert counts.hit / counts.marked >= recall
    assert counts.right / counts.found >= precision
