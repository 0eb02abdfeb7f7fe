from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import leadline
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadline import InvalidRequest, Lead
from leadline.convert.lead import lead_from_wire, lead_to_wire
from leadline.convert.times import time_from_wire, time_to_wire

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.one_of(TEXTS, st.booleans(), st.floats(allow_nan=False))
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    st.builds(
        Lead,
        lead_id=TEXTS,
        title=TEXTS,
        description=TEXTS,
        category=TEXTS,
        price=st.none() | st.floats(allow_nan=False),
        posted_time=st.none() | MOMENTS,
        owner_id=TEXTS,
        attributes=st.dictionaries(TEXTS, VALUES, max_size=5),
    )
)
def test_a_lead_survives_the_wire(lead):
    back = lead_from_wire(lead_to_wire(lead))
    assert back == lead
    assert {name: type(value) for name, value in back.attributes.items()} == {
        name: type(value) for name, value in lead.attributes.items()
    }


@given(MOMENTS)
def test_a_moment_survives_the_wire_as_protobuf_reads_it(moment):
    stamp = time_to_wire(moment)
    assert stamp.ToDatetime(tzinfo=UTC) == moment
    assert time_from_wire(stamp) == moment


def test_a_zone_is_honoured():
    moment = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    assert time_to_wire(moment).ToJsonString() == "2026-01-01T07:00:00Z"


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"title": 5}, "title", "must be a text"),
        ({"title": "\ud800"}, "title", "must be Unicode"),
        ({"price": "12"}, "price", "must be a number"),
        ({"posted_time": datetime(2026, 1, 1)}, "posted_time", "must be a datetime with a time zone"),  # noqa: DTZ001
        ({"posted_time": "2026-01-01"}, "posted_time", "must be a datetime with a time zone"),
        ({"attributes": ["a"]}, "attributes", "must be a mapping"),
        ({"attributes": {"x": {}}}, "attributes['x']", "must be a text, a finite number, true or false"),
        ({"attributes": {"x": 10**400}}, "attributes['x']", "must be a text, a finite number, true or false"),
        ({"attributes": {"x": "\udfff"}}, "attributes['x']", "must be Unicode"),
        ({"attributes": {7: "x"}}, "attributes[7]", "must have a text as its name"),
    ],
)
def test_what_the_wire_cannot_carry_is_named(fields, field, rule):
    with pytest.raises(InvalidRequest) as refused:
        lead_to_wire(Lead(**{"lead_id": "a", **fields}))
    assert refused.value.violations == (leadline.Violation(field=field, rule=rule),)


def test_every_broken_field_is_named_at_once():
    with pytest.raises(InvalidRequest) as refused:
        lead_to_wire(Lead(lead_id=1, title=2, price="x", attributes={"a": []}))
    assert [v.field for v in refused.value.violations] == ["lead_id", "title", "price", "attributes['a']"]


def test_numbers_of_numpy_are_numbers():
    wire = lead_to_wire(Lead(lead_id="a", price=np.float64(2), attributes={"i": np.int64(3), "f": np.float32(0.5)}))
    assert wire.price == 2.0
    assert {name: value.number for name, value in wire.attributes.items()} == {"i": 3.0, "f": 0.5}


def test_importing_the_package_loads_neither_grpc_nor_the_command_line():
    script = "import sys, leadline; print(sorted({'grpc', 'click', 'rich', 'google'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_using_the_client_loads_no_command_line():
    script = "import sys, leadline; leadline.Client; print(sorted({'click', 'rich'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_every_public_name_loads():
    for name in leadline.__all__:
        assert getattr(leadline, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        leadline.Nothing  # noqa: B018
