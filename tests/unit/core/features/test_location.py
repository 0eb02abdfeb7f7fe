from __future__ import annotations

import pytest

from core.features.location import Location
from core.lead import Lead

FAMILY = Location({"berlin": 30, "new york": 10}, 100)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"location_name": "Berlin"}, (0.3, 1, 0, 0)),
        ({"location_name": " NEW  york"}, (0.1, 1, 0, 0)),
        ({"location_name": "Atlantis"}, (0.0, 0, 0, 0)),
        ({"location_name": ""}, (None, None, 0, 0)),
        ({"location_name": "  "}, (None, None, 0, 0)),
        ({"location_name": "Remote"}, (0.0, 0, 1, 0)),
        ({"location_name": "Berlin (hybrid)"}, (0.0, 0, 0, 1)),
        ({"location_name": "remote, Germany"}, (0.0, 0, 1, 0)),
        ({"location_name": "Berlin/Remote"}, (0.0, 0, 1, 0)),
        ({"title": "REMOTE job"}, (None, None, 1, 0)),
        ({"description": "hybrid or remote."}, (None, None, 1, 1)),
        ({"description": "remotely"}, (None, None, 0, 0)),
    ],
)
def test_location(fields, expected, values):
    found = values(FAMILY, Lead(lead_id="l", **fields))
    names = ("location.popularity", "location.known", "location.remote", "location.hybrid")
    assert found == pytest.approx(dict(zip(names, expected, strict=True)))


def test_a_version_without_leads_divides_by_nothing(values):
    assert values(Location({}, 0), Lead(lead_id="l", location_name="x"))["location.popularity"] == 0.0
