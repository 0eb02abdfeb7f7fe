"""The incidents that the authors of the shop's click stream planted."""

from __future__ import annotations

import pytest

from core.monitoring.findings import Direction
from tests.parts.shop_drift import judge
from tests.parts.shop_sessions import FILE, INCIDENTS, read_sessions

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FILE.is_file(), reason="the public data sets are not here; PUBLIC_DATA names their folder"),
]


@pytest.fixture(scope="module")
def judged():
    return judge(read_sessions())


def test_quiet_weeks_raise_nothing(judged):
    quiet = [one for one in judged if not one.stretch.incident]
    assert len(quiet) == 12
    assert [one.stretch.name for one in quiet if one.drifted] == []


@pytest.mark.parametrize("incident", INCIDENTS)
def test_incidents_raise_an_alert(judged, incident):
    assert any(one.drifted for one in judged if one.stretch.incident == incident)


def test_the_alerts_are_about_what_was_planted(judged):
    found = {
        incident: {
            finding.name: finding.direction
            for one in judged
            if one.stretch.incident == incident
            for finding in one.drifted
        }
        for incident in INCIDENTS
    }
    assert found["viral article"] == {"has.support_chat": Direction.UP}
    assert found["checkout bug on mobile"]["step.payment_details.mobile"] is Direction.DOWN
    assert found["payment incident"]["step.purchase"] is Direction.DOWN
    assert "has.payment_error" in found["payment incident"]
