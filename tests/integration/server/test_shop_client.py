"""The client and the command against a running server: items, recommendations, similar items."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import leadline
import pytest
from click.testing import CliRunner
from leadline import Client, Item, ItemFilter, RecommendationRule, RecommendationSource
from leadline.command import main

from tests.parts.serving import served_here
from tests.parts.shopping import Shop, until

COUNT = 30


@pytest.fixture
def served(home_without_model):
    with served_here(home_without_model, poll_seconds=0.05) as (server, stubs):
        yield server, Shop(stubs.channel)


@pytest.fixture
def client(served):
    server, _ = served
    with Client(f"127.0.0.1:{server.port}") as client:
        yield client


@pytest.fixture
def run(served):
    server, _ = served

    def run(*arguments, input=None):  # noqa: A002 - as the runner calls it
        return CliRunner().invoke(main, ["--target", f"127.0.0.1:{server.port}", *map(str, arguments)], input=input)

    return run


def item(number, **fields):
    given = {"item_type": "loft" if number % 2 else "house", "location_name": "SoHo", "price": 100.0 * number}
    return Item(item_id=f"i{number:02}", **{"title": f"Number {number}", **given, **fields})


def filled(client, count=COUNT):
    client.upsert_items([item(number) for number in range(count)])
    until(lambda: len(client.recommend("nobody", limit=100).items) == count)


def test_items_come_back_as_they_were_written(client):
    wanted = item(3, attributes={"floor": 2.0, "lift": True, "style": "old"}, is_unavailable=True, description="d")
    result = client.upsert_items([wanted, Item(item_id="bare")])
    assert (result.created_count, result.updated_count) == (2, 0)
    bare, stored = client.list_items(page_size=1)
    assert (bare.item, stored.item) == (Item(item_id="bare"), wanted)
    assert stored.create_time == stored.update_time
    assert [one.item.item_id for one in client.list_items(item_type="loft")] == ["i03"]
    assert list(client.list_items(updated_since=datetime.now(UTC) + timedelta(hours=1))) == []
    assert client.delete_items(["bare", "unknown"]) == 1
    assert [one.item.item_id for one in client.list_items()] == ["i03"]


def test_many_items_go_in_calls_of_500_and_errors_name_the_item(client):
    many = [item(number, price=1.0) for number in range(501)]
    assert client.upsert_items(many, "r").created_count == 501
    assert client.upsert_items(many, "r").created_count == 501
    many[500] = item(500, price=-1.0)
    with pytest.raises(leadline.InvalidRequest) as raised:
        client.upsert_items(many)
    assert [violation.field for violation in raised.value.violations] == ["items[500].price"]
    with pytest.raises(leadline.InvalidRequest, match=r"items\[1\]\.title"):
        client.upsert_items([item(1), item(2, title=7)])
    with pytest.raises(leadline.InvalidRequest, match=r"items\[1\]\.item_id"):
        client.upsert_items([item(1), item(1)])


def test_recommendations_come_with_their_reasons(served, client):
    filled(client)
    _, shop = served
    shop.did("l1", ("ITEM_SAVED", "i01"), ("ITEM_SAVED", "i03"))
    found = client.recommend(
        "l1",
        limit=4,
        filter=ItemFilter(item_types=["loft"], max_price=2_000.0),
        rules=[RecommendationRule(name="dear", items=ItemFilter(min_price=1_500.0), most=1)],
        diversity=0.0,
    )
    assert found.source is RecommendationSource.CONTENT
    assert len(found.items) == 4
    assert {one.item.item_type for one in found.items} == {"loft"}
    assert sum(one.item.price >= 1_500.0 for one in found.items) <= 1
    reason = found.items[0].reasons[0]
    assert reason.text.startswith("because you saved ")
    assert {one.kind for one in reason.evidence} == {"item_saved"}
    assert {one.item_id for one in reason.evidence} <= {"i01", "i03"}
    assert found.up_to_sequence == 2
    with pytest.raises(leadline.InvalidRequest, match="limit"):
        client.recommend("l1", limit=101)
    with pytest.raises(leadline.InvalidRequest, match=r"rules\[0\]"):
        client.recommend("l1", rules=[RecommendationRule(name="none", items=ItemFilter())])
    similar = client.similar_items("i01", limit=3, filter=ItemFilter(item_types=["loft"]))
    assert len(similar) == 3
    assert all("type loft" in one.shared_properties for one in similar)
    with pytest.raises(leadline.NotFound):
        client.similar_items("none")


def test_the_command_imports_lists_and_recommends(run, client, tmp_path):
    path = tmp_path / "items.csv"
    path.write_text(
        "item_id,title,item_type,price,floors,is_unavailable\n"
        "a,First,loft,10,1,\nb,Second,loft,-5,2,no\nc,Third,house,x,3,\na,Again,loft,1,1,\nd,Fourth,house,,4,yes\n"
    )
    shown = run("items", "import", path)
    assert shown.exit_code == 1
    assert "Wrote 2 items: 2 new, 0 updated." in shown.stdout
    assert "3 of 5 rows were not written." in shown.stderr
    for place in ("row 3", "row 4", "row 5"):
        assert place in shown.stderr
    listed = [json.loads(line)["item"] for line in run("--json", "items", "list").stdout.splitlines()]
    assert [one["item_id"] for one in listed] == ["a", "d"]
    assert listed[0]["attributes"] == {"floors": 1.0}
    assert listed[1]["is_unavailable"] is True
    until(lambda: len(client.recommend("l1").items) == 1)
    shown = run("recommend", "l1", "--limit", 5)
    assert shown.exit_code == 0, shown.stderr
    assert "First" in shown.stdout
    assert "new in the catalogue" in " ".join(shown.stdout.split())
    assert "Left out: 1 unavailable" in shown.stdout
    assert json.loads(run("--json", "recommend", "l1", "--max-price", 5).stdout)["items"] == []
    assert run("similar", "a").exit_code == 0
    assert "Deleted 1 of 2 items." in run("items", "delete", "a", "b").stdout
    assert "loft" not in run("items", "list").stdout
    (missing,) = [run("items", "import", "-", input="title\nx\n")]
    assert missing.exit_code == 2
    assert "item_id" in missing.stderr
