from __future__ import annotations

import gc
import threading
import weakref

import pytest

from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.errors import ArtifactRefused, DeadlineSpent, DependencyDown, NotFound
from core.features.keywords import KeywordFamilies
from core.identifiers import TenantId
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.loaded import PINNED_LIMIT
from core.scoring.loading import load_model
from core.scoring.result import ScoreSource
from core.scoring.served import RETRY_OUTAGE_AFTER, RETRY_REFUSED_AFTER, ServedModels
from core.version import MODEL_FILE
from tests.parts.fitted import small_version

TENANT = TenantId("default")
OTHER = TenantId("other")


def build(version, files):
    return load_model(version, files, OnnxPredictor)


@pytest.fixture
def served(shelf, lead_store, clock):
    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()))
    return ServedModels(shelf, build, fallbacks, clock)


@pytest.fixture
def names(shelf):
    return [shelf.add(small_version(number).files) for number in (0, 1)]


@pytest.fixture
def damaged(shelf):
    files = small_version(1).files
    return shelf.add({**files, MODEL_FILE: files[MODEL_FILE][:-100]}, "damaged")


def name_of(scorer):
    return scorer.version.manifest.version


def test_without_a_version_the_fallback_answers(served):
    assert served.current(TENANT).source is ScoreSource.RULES
    assert served.snapshot()[TENANT].model is None


def test_a_new_pointer_is_followed_at_the_next_refresh(served, shelf, names, clock):
    shelf.point(TENANT, names[0])
    first = served.current(TENANT)
    assert name_of(first) == names[0]
    shelf.point(TENANT, names[1])
    assert served.current(TENANT) is first
    clock.advance(60)
    served.refresh_all()
    assert name_of(served.current(TENANT)) == names[1]
    serving = served.snapshot()[TENANT]
    assert (serving.revision, serving.load_time, serving.problem) == (2, clock.now, "")


def test_nothing_is_loaded_again_without_need(served, shelf, names):
    shelf.point(TENANT, names[0])
    for _ in range(3):
        served.refresh(TENANT)
        served.current(TENANT)
        served.pinned(TENANT, names[0])
    assert shelf.loads == [names[0]]


def test_the_version_before_is_at_hand_for_a_rollback(served, shelf, names):
    for name in (*names, names[0]):
        shelf.point(TENANT, name)
        served.refresh(TENANT)
    assert shelf.loads == names
    assert name_of(served.current(TENANT)) == names[0]


def test_a_refused_version_leaves_the_old_one_serving_and_says_why(served, shelf, names, damaged):
    shelf.point(TENANT, names[0])
    before = served.current(TENANT)
    shelf.point(TENANT, damaged)
    serving = served.refresh(TENANT)
    assert serving.model is before is served.current(TENANT)
    assert serving.problem.startswith("damaged: model.onnx")
    assert serving.revision == 2


def test_a_refused_version_is_tried_again_after_a_rest_until_it_loads(served, shelf, names, damaged, clock):
    shelf.point(TENANT, names[0])
    served.current(TENANT)
    shelf.point(TENANT, damaged)
    served.refresh(TENANT)
    shelf.files[damaged] = small_version(1).files  # repaired
    assert served.refresh(TENANT).problem, "loading costs: not at every look"
    clock.advance(RETRY_REFUSED_AFTER.total_seconds())
    serving = served.refresh(TENANT)
    assert serving.problem == ""
    assert name_of(serving.model) == names[1]


def test_the_first_version_refused_leaves_the_fallback(served, shelf, damaged):
    shelf.point(TENANT, damaged)
    assert served.current(TENANT).source is ScoreSource.RULES
    assert served.snapshot()[TENANT].problem


@pytest.mark.parametrize("problem", [DependencyDown("store"), DeadlineSpent("x")])
def test_a_tenant_first_seen_while_the_store_is_down_has_a_fallback_until_a_refresh(
    served, shelf, names, monkeypatch, problem
):
    shelf.point(TENANT, names[0])
    asked = []

    def down(*_):
        asked.append(1)
        raise problem

    with monkeypatch.context() as outage:
        outage.setattr(shelf, "active", down)
        for _ in range(5):
            assert served.current(TENANT).source is ScoreSource.RULES
        assert len(asked) == 1, "calls do not wait for the store again and again"
        assert served.is_unknown(TENANT)
        assert served.snapshot()[TENANT].problem
    served.refresh_all()
    assert name_of(served.current(TENANT)) == names[0]
    assert not served.is_unknown(TENANT)


def test_tenants_are_served_apart(served, shelf, names):
    shelf.point(TENANT, names[0])
    shelf.point(OTHER, names[1])
    assert name_of(served.current(TENANT)) == names[0]
    assert name_of(served.current(OTHER)) == names[1]


def test_a_named_version_can_be_asked_for_and_does_not_serve(served, shelf, names):
    shelf.point(TENANT, names[0])
    served.current(TENANT)
    assert name_of(served.pinned(TENANT, names[1])) == names[1]
    assert name_of(served.current(TENANT)) == names[0]
    with pytest.raises(NotFound):
        served.pinned(TENANT, "v20200101_000000_00000000")


def test_a_damaged_version_asked_for_by_name_is_refused(served, damaged):
    with pytest.raises(ArtifactRefused):
        served.pinned(TENANT, damaged)


def test_few_versions_stay_loaded_and_the_least_used_goes_first(served, shelf):
    many = [shelf.add(small_version(0).files, f"copy-{i}") for i in range(PINNED_LIMIT + 1)]
    gone = weakref.ref(served.pinned(TENANT, many[1]).feature_set)
    served.pinned(TENANT, many[0])
    for name in many[2:PINNED_LIMIT]:
        served.pinned(TENANT, name)
    served.pinned(TENANT, many[0])  # used again
    assert shelf.loads == [many[1], many[0], *many[2:PINNED_LIMIT]]
    served.pinned(TENANT, many[PINNED_LIMIT])
    gc.collect()
    assert gone() is None
    shelf.loads.clear()
    served.pinned(TENANT, many[0])
    served.pinned(TENANT, many[1])
    assert shelf.loads == [many[1]]


def test_the_serving_version_stays_whatever_is_asked_for_by_name(served, shelf, names):
    shelf.point(TENANT, names[0])
    serving = served.current(TENANT)
    for i in range(PINNED_LIMIT + 2):
        served.pinned(TENANT, shelf.add(small_version(1).files, f"copy-{i}"))
    shelf.loads.clear()
    assert served.current(TENANT) is serving
    assert served.pinned(TENANT, names[0]) is serving
    assert shelf.loads == []


def test_a_forgotten_version_is_loaded_anew(served, shelf, names):
    served.pinned(TENANT, names[0])
    served.forget(TENANT, names[0])
    served.forget(TENANT, "never loaded")
    served.pinned(TENANT, names[0])
    assert shelf.loads == [names[0], names[0]]


def run_all(*functions):
    problems = []

    def guarded(function):
        try:
            function()
        except Exception as problem:  # noqa: BLE001  told to the test below
            problems.append(problem)

    threads = [threading.Thread(target=guarded, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []


def test_many_first_callers_cause_one_load(served, shelf, names):
    shelf.point(TENANT, names[0])
    found = []
    run_all(*[lambda: found.append(served.current(TENANT))] * 8)
    assert len(set(map(id, found))) == 1
    assert shelf.loads == [names[0]]


def test_readers_always_find_a_model_while_pointers_move(served, shelf, names, damaged):
    shelf.point(TENANT, names[0])
    served.current(TENANT)
    done = threading.Event()
    seen = []

    def read():
        while not done.is_set():
            seen.append(name_of(served.current(TENANT)))

    def move():
        for name in [names[1], damaged, names[0], names[1]] * 3:
            shelf.point(TENANT, name)
            served.refresh(TENANT)
        done.set()

    def refresh():
        while not done.is_set():
            served.refresh(TENANT)

    run_all(read, read, move, refresh)
    assert set(seen) <= set(names)
    assert name_of(served.current(TENANT)) == names[1]
    assert served.snapshot()[TENANT].revision == shelf.pointers[TENANT].revision


def test_a_slow_refresh_never_brings_an_older_version_back(shelf, names, lead_store, clock):
    """The loader of the first pointer is held until the second one serves."""
    go_on, loading = threading.Event(), threading.Event()

    class HeldShelf:
        def active(self, tenant, kind):
            pointer = shelf.active(tenant, kind)
            if pointer.version == names[0] and not loading.is_set():
                loading.set()
                go_on.wait(10)
            return pointer

        load = staticmethod(shelf.load)

    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()))
    served = ServedModels(HeldShelf(), build, fallbacks, clock)
    shelf.point(TENANT, names[0])
    slow = threading.Thread(target=served.refresh, args=[TENANT])
    slow.start()
    assert loading.wait(10)
    shelf.point(TENANT, names[1])
    served.refresh(TENANT)
    go_on.set()
    slow.join(10)
    assert name_of(served.current(TENANT)) == names[1]
    assert served.snapshot()[TENANT].revision == 2


@pytest.mark.parametrize("problem", [DependencyDown("store"), ZeroDivisionError()])
def test_a_tenant_that_cannot_be_looked_up_keeps_no_other_from_a_new_version(
    served, shelf, names, monkeypatch, problem
):
    for tenant in (TENANT, OTHER):
        shelf.point(tenant, names[0])
        served.current(tenant)
        shelf.point(tenant, names[1])
    real = shelf.active

    def active(tenant, kind):
        if tenant == TENANT:
            raise problem
        return real(tenant, kind)

    monkeypatch.setattr(shelf, "active", active)
    assert served.refresh_all()
    assert (name_of(served.current(TENANT)), name_of(served.current(OTHER))) == (names[0], names[1])


def test_who_found_no_time_for_a_load_does_not_undo_it(served, shelf, names, monkeypatch):
    """One caller gives up waiting for the version while another one has just put it in place."""
    shelf.point(TENANT, names[0])
    real = shelf.load

    def overtaken(*where):
        monkeypatch.setattr(shelf, "load", real)
        served._serving[TENANT] = type(served)(shelf, build, served._fallbacks, served._clock).refresh(TENANT)
        raise DeadlineSpent("x")

    monkeypatch.setattr(shelf, "load", overtaken)
    assert name_of(served.refresh(TENANT).model) == names[0]


def test_a_load_without_time_is_tried_again_soon(served, shelf, names, monkeypatch, clock):
    shelf.point(TENANT, names[0])

    def spent(*_):
        raise DeadlineSpent("x")

    with monkeypatch.context() as busy:
        busy.setattr(shelf, "load", spent)
        assert served.refresh(TENANT).is_outage
    clock.advance(RETRY_OUTAGE_AFTER.total_seconds())
    assert name_of(served.refresh(TENANT).model) == names[0]
