from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import grpc
import pytest
from leadline.v1 import lead_pb2, lead_service_pb2
from leadline.v1 import recommendation_service_pb2 as pb
from sqlalchemy import insert, select

from core.adapters.sql.engine import open_database
from core.adapters.sql.recommendation_log import body_of
from core.adapters.sql.tables import item_popularity, recommendation_log
from core.scoring.token import TokenSigner
from tests.parts.fitted import database_url
from tests.parts.reason_checker import check_answer, check_similar
from tests.parts.serving import served_here
from tests.parts.shopping import Shop, make_items

KINDS = ("ITEM_VIEWED", "ITEM_SAVED", "ITEM_LIKED", "ITEM_DISLIKED", "ITEM_UNSAVED", "ITEM_SWIPED", "INQUIRY_SENT")


@pytest.fixture
def shop(home_without_model):
    with served_here(home_without_model, poll_seconds=0.05) as (_, stubs):
        yield Shop(stubs.channel)


def ids(answer):
    return [one.item.item_id for one in answer.recommendations]


def refusal(call):
    with pytest.raises(grpc.RpcError) as raised:
        call()
    return raised.value.code(), raised.value.details()


def test_an_empty_catalogue_is_an_empty_answer(shop):
    answer = shop.recommend("l1")
    assert not answer.recommendations
    assert answer.source == pb.RECOMMENDATION_SOURCE_POPULARITY
    shop.did("l1", ("ITEM_VIEWED", "not-in-the-catalogue"))
    assert not shop.recommend("l1").recommendations


def test_the_newest_event_changes_the_answer_at_once(shop):
    shop.put(make_items(60))
    shop.known(60)
    before = shop.recommend("l1", limit=6)
    assert before.source == pb.RECOMMENDATION_SOURCE_POPULARITY
    assert before.up_to_sequence == 0
    shop.did("l1", ("ITEM_SAVED", "i0"), ("ITEM_SAVED", "i12"))
    after = shop.recommend("l1", limit=6, diversity=0.0)
    assert after.source == pb.RECOMMENDATION_SOURCE_CONTENT
    assert after.up_to_sequence == 2
    assert after.left_out_counts["seen"] == 2
    best = after.recommendations[0]
    assert (best.item.item_type, best.item.location_name) == ("loft", "SoHo")
    assert best.score == 100.0
    assert best.reasons[0].text.startswith("because you saved ")
    assert {one.event_id for one in best.reasons[0].evidence} <= {"e0", "e1"}
    assert check_answer(after, shop.world("l1")) >= 6
    assert all(
        one.confidence > other.confidence
        for one, other in zip(after.recommendations, before.recommendations, strict=True)
    )


@pytest.mark.parametrize("seed", range(4))
def test_every_reason_is_true(shop, seed):
    random = Random(seed)
    shop.put(make_items(80, seed))
    shop.known(80)
    for lead in range(6):
        events = [(random.choice(KINDS), f"i{random.randrange(90)}") for _ in range(random.randrange(0, 25))]
        # Nobody takes back what is not there; and some items nobody knows.
        if events:
            shop.did(f"l{lead}", *events)
        for diversity in (0.0, 0.5):
            answer = shop.recommend(f"l{lead}", limit=20, diversity=diversity)
            assert len(answer.recommendations) == 20
            check_answer(answer, shop.world(f"l{lead}"))
            seen = {item_id for _, item_id in events}
            assert not seen & set(ids(answer))


def test_what_is_gone_or_cannot_be_had_is_not_recommended(shop):
    shop.put(make_items(12))
    shop.known(12)
    assert shop.delete("i0", "unknown") == 1
    (gone, *_) = make_items(2)[1:]
    gone.is_unavailable = True
    shop.put([gone])
    shop.known(10)
    answer = shop.recommend("l1", limit=20)
    assert set(ids(answer)) == {f"i{n}" for n in range(2, 12)}
    assert answer.left_out_counts == {"unavailable": 1}
    shop.put(make_items(1))
    shop.known(11)
    assert "i0" in ids(shop.recommend("l1", limit=20))


def test_filters_and_rules_hold(shop):
    shop.put(make_items(60))
    shop.known(60)
    wanted = pb.ItemFilter(item_types=["LOFT"], location_names=["soho"], max_price=3_000, excluded_item_ids=["i12"])
    for one in shop.recommend("l1", limit=50, filter=wanted).recommendations:
        assert one.item.item_type == "loft"
        assert one.item.location_name == "SoHo"
        assert one.item.HasField("price")
        assert one.item.price <= 3_000
        assert one.item.item_id != "i12"
    houses = pb.ItemFilter(item_types=["house"])
    rules = [
        pb.RecommendationRule(name="few houses", items=houses, most=1),
        pb.RecommendationRule(name="some Bronx", items=pb.ItemFilter(location_names=["Bronx"]), least=6),
        pb.RecommendationRule(name="old", items=pb.ItemFilter(attribute_texts={"style": "OLD"}), boost=3.0),
    ]
    answer = shop.recommend("l1", limit=12, rules=rules)
    assert len(answer.recommendations) == 12
    assert sum(one.item.item_type == "house" for one in answer.recommendations) <= 1
    assert sum(one.item.location_name == "Bronx" for one in answer.recommendations) >= 6
    moved = {name for one in answer.recommendations for name in one.rule_names}
    assert "old" in moved
    assert answer.left_out_counts["rule"] > 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"lead_id": ""}, "lead_id"),
        ({"limit": 101}, "limit"),
        ({"diversity": 2.0}, "diversity"),
        ({"filter": pb.ItemFilter(min_price=-1)}, "filter.min_price"),
        ({"rules": [pb.RecommendationRule(name="r")]}, "rules[0].items"),
        ({"rules": [pb.RecommendationRule(items=pb.ItemFilter(max_price=-1), boost=1)]}, "rules[0].items.max_price"),
        ({"unit_id": "u"}, "unit_id"),
    ],
)
def test_bad_requests_name_the_field(shop, wanted, field):
    code, details = refusal(lambda: shop.recommend(**{"lead_id": "l1", **wanted}))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details.startswith(f"{field} ")


def test_an_unknown_version_is_not_found(shop):
    code, _ = refusal(lambda: shop.recommend("l1", model_version="v1"))
    assert code is grpc.StatusCode.NOT_FOUND


def test_what_a_lead_said_of_itself_counts_until_it_does_something(home_without_model):
    with served_here(home_without_model, poll_seconds=0.05) as (_, stubs):
        shop = Shop(stubs.channel)
        shop.put(make_items(60))
        shop.known(60)
        lead = lead_pb2.Lead(lead_id="l1", category="property/house", location_name="Queens", price=2_000)
        stubs.leads.UpsertLeads(
            lead_service_pb2.UpsertLeadsRequest(request_id="l", leads=[lead_service_pb2.LeadWrite(lead=lead)])
        )
        answer = shop.recommend("l1", limit=5, diversity=0.0)
        best = answer.recommendations[0]
        assert (best.item.item_type, best.item.location_name) == ("house", "Queens")
        assert best.reasons[0].kind == pb.RECOMMENDATION_REASON_KIND_PROFILE
        said = {"type": "house", "place": "Queens", "price": "2,000"}
        check_answer(answer, shop.world("l1", said=said))


def test_what_many_leads_do_comes_first_for_somebody_new(home_without_model):
    database = open_database(database_url(home_without_model))
    row = {"tenant": "default", "item_id": "i7", "lead_count": 34, "decayed_weight": 50.0}
    with database.write("default") as connection:
        connection.execute(insert(item_popularity), [{**row, "as_of_time": datetime.now(UTC)}])
    database.close()
    with served_here(home_without_model, poll_seconds=0.05) as (_, stubs):
        shop = Shop(stubs.channel)
        shop.put(make_items(30))
        shop.known(30)
        answer = shop.recommend("l1", limit=5)
        best = answer.recommendations[0]
        assert best.item.item_id == "i7"
        assert best.reasons[0].lead_count == 34
        assert best.confidence > answer.recommendations[1].confidence
        check_answer(answer, shop.world("l1", counts={"i7": 34}))


def test_what_was_shown_is_signed_and_logged(home_without_model):
    with served_here(home_without_model, poll_seconds=0.05, recommend_exploration=0.2) as (_server, stubs):
        shop = Shop(stubs.channel)
        shop.put(make_items(90))
        shop.known(90)
        answer = shop.recommend("l1", limit=4)
        explored = [
            one
            for _ in range(60)
            for one in shop.recommend("l1", limit=10).recommendations
            if any(reason.kind == pb.RECOMMENDATION_REASON_KIND_EXPLORATION for reason in one.reasons)
        ]
        assert explored
        assert all(one.propensity == pytest.approx(0.01) for one in explored)
        tokens = [TokenReader(home_without_model).read(one.attribution_token) for one in answer.recommendations]
    assert [token.token_id.partition(".")[2] for token in tokens] == ["1", "2", "3", "4"]
    assert {(token.lead_id, token.source) for token in tokens} == {("l1", "recommendation")}
    database = open_database(database_url(home_without_model))
    token_id = tokens[0].token_id.partition(".")[0]
    with database.read("default") as connection:
        row = connection.execute(select(recommendation_log).where(recommendation_log.c.token_id == token_id)).one()
    database.close()
    exploration, items, candidates = body_of(row.body)
    assert (row.lead_id, row.source, exploration) == ("l1", "popularity", 0.2)
    assert [item.item_id for item in items] == ids(answer)
    assert [item.propensity for item in items] == [one.propensity for one in answer.recommendations]
    assert len(candidates) == 50
    assert not {one.item_id for one in candidates} & set(ids(answer))


class TokenReader:
    """Reads tokens as the server of a home signs them."""

    def __init__(self, home):
        secret = next(home.glob("*secret*")).read_bytes()
        self._signer = TokenSigner(secret)

    def read(self, token):
        return self._signer.read(token)


def test_similar_items_share_what_they_are_said_to(shop):
    shop.put(make_items(60))
    shop.known(60)
    answer = shop.recommendations.FindSimilarItems(pb.FindSimilarItemsRequest(item_id="i0", limit=8))
    assert len(answer.items) == 8
    assert answer.source == pb.RECOMMENDATION_SOURCE_CONTENT
    for one in answer.items:
        assert one.item.item_id != "i0"
        check_similar(one, shop.items["i0"])
    assert "type loft" in answer.items[0].shared_properties
    alike = [one.similarity for one in answer.items]
    assert alike == sorted(alike, reverse=True)
    houses = pb.ItemFilter(item_types=["house"])
    answer = shop.recommendations.FindSimilarItems(pb.FindSimilarItemsRequest(item_id="i0", filter=houses))
    assert {one.item.item_type for one in answer.items} == {"house"}
    unknown = pb.FindSimilarItemsRequest(item_id="none")
    assert refusal(lambda: shop.recommendations.FindSimilarItems(unknown))[0] is grpc.StatusCode.NOT_FOUND
