import pytest

from core.adapters.head_graph import OnnxHeadGraph
from core.conversation.heads.artifact import read_head
from core.conversation.heads.serving import MOST_PINNED, RETRY_REFUSED, ServingHeads
from core.errors import DependencyDown, NotFound
from core.version import SENTIMENT, URGENCY
from tests.parts.listed_heads import ListedHeads
from tests.parts.small_heads import small_head, unreadable_head


class Seconds:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def listed():
    listed = ListedHeads()
    for tenant in ("a", "b"):
        listed.add(tenant, SENTIMENT, "v1", small_head())
        listed.add(tenant, SENTIMENT, "v2", small_head(seed=2))
        listed.add(tenant, SENTIMENT, "broken", unreadable_head())
    return listed


@pytest.fixture
def timer():
    return Seconds()


@pytest.fixture
def serving(listed, timer):
    return ServingHeads(listed, lambda files: read_head(files, OnnxHeadGraph), timer)


def test_nothing_serves_where_nothing_is_active(serving):
    assert all(head.model is None and not head.problem for head in serving.get("a").values())


def test_the_active_version_serves_and_a_change_is_seen_at_the_next_look(serving, listed):
    listed.activate("a", SENTIMENT, "v1")
    assert serving.get("a")[SENTIMENT].version == "v1"
    listed.activate("a", SENTIMENT, "v2")
    assert serving.refresh() == ""
    assert serving.get("a")[SENTIMENT].version == "v2"
    assert serving.get("a")[URGENCY].model is None


def test_a_look_without_changes_loads_nothing(serving, listed):
    listed.activate("a", SENTIMENT, "v1")
    serving.get("a")
    serving.refresh()
    serving.refresh()
    assert len(listed.loads) == 1


def test_the_version_before_serves_on_where_the_new_one_is_refused(serving, listed, timer):
    listed.activate("a", SENTIMENT, "v1")
    serving.get("a")
    listed.activate("a", SENTIMENT, "broken")
    assert serving.refresh().startswith("broken: ")
    assert serving.get("a")[SENTIMENT].version == "v1"
    serving.refresh()
    assert len(listed.loads) == 2
    listed.add("a", SENTIMENT, "broken", small_head(seed=5))
    timer.now += RETRY_REFUSED
    assert serving.refresh() == ""
    assert serving.get("a")[SENTIMENT].version == "broken"


def test_a_rolled_back_pointer_leaves_nothing_behind(serving, listed):
    listed.activate("a", SENTIMENT, "v1")
    serving.get("a")
    del listed.pointers["a", SENTIMENT]
    serving.refresh()
    assert serving.get("a")[SENTIMENT].model is None


def test_tenants_with_the_same_files_share_one_head(serving, listed):
    for tenant in ("a", "b"):
        listed.activate(tenant, SENTIMENT, "v1")
    assert serving.get("a")[SENTIMENT].model is serving.get("b")[SENTIMENT].model


def test_a_store_that_is_down_is_told_and_asked_again(serving, listed):
    listed.activate("a", SENTIMENT, "v1")
    listed.is_down = True
    with pytest.raises(DependencyDown):
        serving.get("a")
    listed.is_down = False
    assert serving.get("a")[SENTIMENT].version == "v1"
    listed.is_down = True
    assert "store" in serving.refresh()
    assert serving.get("a")[SENTIMENT].version == "v1"


def test_named_versions_stay_loaded_within_a_bound(serving, listed):
    listed.activate("a", SENTIMENT, "v1")
    assert serving.pinned("a", SENTIMENT, "v1") is serving.get("a")[SENTIMENT].model
    assert serving.pinned("a", SENTIMENT, "v2") is serving.pinned("a", SENTIMENT, "v2")
    assert listed.loads.count(("a", SENTIMENT, "v2")) == 1
    for number in range(MOST_PINNED):
        listed.add("a", SENTIMENT, f"n{number}", small_head())
        serving.pinned("a", SENTIMENT, f"n{number}")
    serving.pinned("a", SENTIMENT, "v2")
    assert listed.loads.count(("a", SENTIMENT, "v2")) == 2


def test_unknown_versions_are_not_found(serving):
    with pytest.raises(NotFound):
        serving.pinned("a", SENTIMENT, "v9")
