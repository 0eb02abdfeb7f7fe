from __future__ import annotations

import shutil
from pathlib import Path

import grpc
import pytest
from leadline.v1 import (
    event_service_pb2,
    experiment_pb2,
    experiment_service_pb2,
    model_service_pb2,
    scoring_service_pb2,
)
from leadline.v1 import recommendation_service_pb2 as pb

from core.caller import LOCAL_CALLER
from core.registry.manifest import parse_manifest
from core.version import LEAD_SCORE, MANIFEST_FILE, RECOMMENDATION
from server.convert.catalog import item_to_wire
from tests.parts.fitted import model_dir, open_registry, small_version
from tests.parts.fitted_recommenders import recommender_files
from tests.parts.messages import lead_message
from tests.parts.reason_checker import check_answer
from tests.parts.recommenders import catalogue
from tests.parts.serving import served_here
from tests.parts.shopping import Shop, until

OLD, NEW = (parse_manifest(recommender_files(number)[MANIFEST_FILE]).version for number in range(2))
VIEWS = [("ITEM_VIEWED", f"villa-{n:02d}") for n in range(4)]


@pytest.fixture
def stubs(home):
    with open_registry(home) as registry:
        for number in range(2):
            registry.register(LOCAL_CALLER, f"recommender-{number}", recommender_files(number), "for the tests")
    with served_here(home, poll_seconds=0.05) as (_, served):
        yield served


@pytest.fixture
def shop(stubs):
    shop = Shop(stubs.channel)
    shop.put(list(map(item_to_wire, catalogue())))
    shop.known(len(catalogue()))
    return shop


def activate(stubs, version, kind=RECOMMENDATION):
    request = model_service_pb2.ActivateModelVersionRequest(
        request_id=f"activate-{version}", kind=kind, version=version, reason="for the test"
    )
    return stubs.models.ActivateModelVersion(request)


def failure(call):
    with pytest.raises(grpc.RpcError) as raised:
        call()
    return raised.value.code(), raised.value.details()


def test_the_active_version_recommends_and_a_new_one_takes_over(stubs, shop):
    shop.did("l1", *VIEWS)
    assert shop.recommend("l1").source == pb.RECOMMENDATION_SOURCE_CONTENT
    activate(stubs, OLD)
    until(lambda: shop.recommend("l1").model_version == OLD)
    answer = shop.recommend("l1", limit=20)
    assert answer.source == pb.RECOMMENDATION_SOURCE_MODEL
    kinds = {reason.kind for one in answer.recommendations for reason in one.reasons}
    assert pb.RECOMMENDATION_REASON_KIND_COLLABORATIVE in kinds
    check_answer(answer, shop.world("l1"))
    assert not {item for _, item in VIEWS} & {one.item.item_id for one in answer.recommendations}
    activate(stubs, NEW)
    until(lambda: shop.recommend("l1").model_version == NEW)
    pinned = shop.recommend("l1", model_version=OLD)
    assert pinned.model_version == OLD
    check_answer(pinned, shop.world("l1"))
    similar = shop.recommendations.FindSimilarItems(pb.FindSimilarItemsRequest(item_id="villa-00", model_version=OLD))
    assert similar.model_version == OLD
    assert similar.items


def test_a_new_item_is_recommended_by_a_version_that_never_saw_it(stubs, shop):
    activate(stubs, OLD)
    shop.did("l1", *VIEWS)
    until(lambda: shop.recommend("l1").model_version == OLD)
    new = item_to_wire(catalogue()[20])
    new.item_id = "brand-new"
    assert new.item_type == "villa"
    shop.put([new])
    shop.known(len(catalogue()) + 1)
    wanted = pb.ItemFilter(item_types=["villa"])
    until(
        lambda: (
            "brand-new" in {one.item.item_id for one in shop.recommend("l1", limit=50, filter=wanted).recommendations}
        )
    )
    check_answer(shop.recommend("l1", limit=50, filter=wanted), shop.world("l1"))
    # What it was trained with and is gone is not recommended.
    shop.delete("villa-10")
    shop.known(len(catalogue()))
    assert "villa-10" not in {one.item.item_id for one in shop.recommend("l1", limit=100).recommendations}


def test_a_damaged_version_leaves_the_rest_of_what_is_known(home):
    with open_registry(home) as registry:
        row = registry.register(LOCAL_CALLER, "recommender-0", recommender_files(0), "for the tests")
        registry.activate(LOCAL_CALLER, "a", RECOMMENDATION, OLD, expected="", reason="for the tests")
    shutil.rmtree(Path(model_dir(home)) / row.digest)
    with served_here(home, poll_seconds=0.05) as (_, stubs):
        shop = Shop(stubs.channel)
        shop.put(list(map(item_to_wire, catalogue())))
        shop.known(len(catalogue()))
        shop.did("l1", *VIEWS)
        answer = shop.recommend("l1")
        assert [warning.code for warning in answer.warnings] == ["MODEL_FAILED"]
        assert answer.source == pb.RECOMMENDATION_SOURCE_CONTENT
        assert answer.recommendations
        check_answer(answer, shop.world("l1"))
        assert failure(lambda: activate(stubs, OLD))[0] is not grpc.StatusCode.OK


def experiment(name="shown", kind=RECOMMENDATION, versions=(OLD, NEW)):
    return experiment_pb2.Experiment(
        name=name,
        model_kind=kind,
        variants=[
            experiment_pb2.Variant(name="old", model_version=versions[0], traffic_percentage=50, is_control=True),
            experiment_pb2.Variant(name="new", model_version=versions[1], traffic_percentage=50),
        ],
    )


def create(stubs, wanted):
    request = experiment_service_pb2.CreateExperimentRequest(request_id=f"c-{wanted.name}", experiment=wanted)
    return stubs.experiments.CreateExperiment(request).experiment


def test_recommenders_are_compared_and_the_winner_serves(stubs, shop):
    created = create(stubs, experiment())
    assert created.model_kind == RECOMMENDATION
    shown = {}
    for n in range(20):
        answer = shop.recommend(f"l{n}", limit=3, experiment="shown")
        assert answer.experiment == "shown"
        assert answer.model_version == {"old": OLD, "new": NEW}[answer.variant]
        assert shop.recommend(f"l{n}", limit=3, experiment="shown").variant == answer.variant
        shown.setdefault(answer.variant, []).append(n)
    assert set(shown) == {"old", "new"}
    found = stubs.experiments.GetExperimentResults(
        experiment_service_pb2.GetExperimentResultsRequest(experiment="shown")
    )
    assert found.experiment.model_kind == RECOMMENDATION
    assigned = stubs.experiments.AssignVariant(
        experiment_service_pb2.AssignVariantRequest(experiment="shown", unit_id="l0", preview=True)
    )
    assert assigned.HasField("exposure_time")
    stopped = stubs.experiments.StopExperiment(
        experiment_service_pb2.StopExperimentRequest(
            request_id="s", experiment="shown", winner="new", activate_winner=True, reason="won"
        )
    )
    assert stopped.activated.version == NEW
    until(lambda: shop.recommend("l1").model_version == NEW)
    after = shop.recommend("l1", experiment="shown")
    assert [warning.code for warning in after.warnings] == ["EXPERIMENT_NOT_RUNNING"]


def test_each_kind_of_experiment_is_asked_for_where_it_answers(stubs, shop):
    create(stubs, experiment())
    scored = [small_version(number).name for number in range(2)]
    assert create(stubs, experiment("scored", "", scored)).model_kind == LEAD_SCORE
    code, details = failure(lambda: shop.recommend("l1", experiment="scored"))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "Score" in details
    request = scoring_service_pb2.ScoreRequest(lead=lead_message(0, "l1"), experiment="shown")
    code, details = failure(lambda: stubs.scoring.Score(request))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "Recommend" in details
    assert failure(lambda: create(stubs, experiment("x", "other")))[0] is grpc.StatusCode.INVALID_ARGUMENT
    assert failure(lambda: create(stubs, experiment("y", LEAD_SCORE)))[0] is grpc.StatusCode.NOT_FOUND
    code, details = failure(lambda: shop.recommend("l1", experiment="shown", model_version=OLD))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details.startswith("model_version ")


def test_events_join_to_what_was_shown(stubs, shop):
    answer = shop.recommend("l1", limit=2)
    shown = answer.recommendations[1]
    event = {"event_id": "x", "lead_id": "l1", "kind": "EVENT_KIND_ITEM_SAVED", "item_id": shown.item.item_id}
    wire = event_service_pb2.RecordEventsRequest(events=[{**event, "attribution_token": shown.attribution_token}])
    assert shop.events.RecordEvents(wire).recorded_count == 1
