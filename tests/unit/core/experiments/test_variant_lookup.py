"""Assigning units again and again: real models, a real store of exposures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.caller import LOCAL_CALLER
from core.experiments.exposing import Exposing
from core.experiments.scoring import ExperimentScorer
from core.experiments.variant_lookup import VariantLookup
from tests.unit.core.experiments.test_scoring import LEADS, World


class Assigned(World):
    """Assigns and scores with one memory, as a server does."""

    def begin(self) -> None:
        """Begin anew, as another process would: with nothing in memory."""
        super().begin()
        exposing = Exposing(self.live, self.exposures, self.clock, self.counts)
        self.inside = ExperimentScorer(self.scorer, exposing, self.leads)
        self.variants = VariantLookup(exposing, self.leads)

    def assign(self, unit_id: str = "u", **options):
        return self.variants.assign(LOCAL_CALLER, "e", unit_id, **options)

    def linked(self) -> list[tuple[str, float | None]]:
        return [(lead.lead_id, lead.score) for _, lead in self.exposures.writes]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Assigned]:
    world = Assigned(tmp_path)
    world.run()
    yield world
    world.database.close()


def test_a_unit_that_is_assigned_again_is_not_written_again(world):
    first = world.assign()
    world.clock.advance(60)
    assert [world.assign() for _ in range(3)] == [first] * 3
    assert world.linked() == [("u", None)]
    world.begin()
    assert world.assign() == first


def test_a_unit_that_cannot_be_a_lead_is_written_once_too(world):
    first = world.assign("no lead")
    assert world.assign("no lead") == first
    assert [lead for _, lead in world.exposures.writes] == [None]


def test_another_lead_of_the_unit_is_written_once(world):
    world.assign()
    for _ in range(2):
        world.assign(lead_id="another")
    assert world.linked() == [("u", None), ("another", None)]


def test_a_lead_that_was_assigned_waits_for_its_first_score_and_a_scored_one_for_nothing(world):
    world.assign(lead_id=LEADS[0].lead_id)
    answer = world.score(unit_id="u")
    world.score(unit_id="u")
    world.assign(lead_id=LEADS[0].lead_id)
    assert world.linked() == [(LEADS[0].lead_id, None), (LEADS[0].lead_id, answer.score)]
