from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.registry.retention import folder_size, keep_limit, plan_prune
from core.version import VersionState
from tests.parts.versions import make_files, make_version

NEWEST_FIRST = [make_version(seed) for seed in range(8)]
NAMES = [version.manifest.version for version in NEWEST_FIRST]
ONE_EACH = {version.digest: 1 for version in NEWEST_FIRST}


@pytest.mark.parametrize(("asked", "limit"), [(0, 5), (1, 1), (1_000, 1_000)])
def test_keep_counts_are_bounded(asked, limit):
    assert keep_limit(asked) == limit


@pytest.mark.parametrize("asked", [-1, 1_001])
def test_a_keep_count_out_of_range_is_refused(asked):
    with pytest.raises(InvalidInput) as caught:
        keep_limit(asked)
    assert caught.value.violations[0].field == "keep_count"


def test_the_newest_stay_besides_the_protected():
    plan = plan_prune(NEWEST_FIRST, protected={NAMES[0], NAMES[6]}, keep_count=2, users=ONE_EACH)
    assert plan.kept == (NAMES[0], NAMES[1], NAMES[2], NAMES[6])
    assert plan.pruned == (NAMES[3], NAMES[4], NAMES[5], NAMES[7])
    assert plan.reclaimed_bytes == sum(folder_size(NEWEST_FIRST[n]) for n in (3, 4, 5, 7))


def test_a_folder_is_as_large_as_its_files():
    assert folder_size(make_version()) == sum(len(content) for content in make_files().values())


def test_retired_versions_are_passed_over():
    versions = [replace(version, state=VersionState.RETIRED) for version in NEWEST_FIRST[:4]] + NEWEST_FIRST[4:]
    plan = plan_prune(versions, protected=set(), keep_count=3, users=ONE_EACH)
    assert (plan.kept, plan.pruned) == (tuple(NAMES[4:7]), (NAMES[7],))


def test_files_somebody_else_uses_are_not_reclaimed():
    users = ONE_EACH | {NEWEST_FIRST[7].digest: 2}
    plan = plan_prune(NEWEST_FIRST, protected=set(), keep_count=6, users=users)
    assert plan.pruned == (NAMES[6], NAMES[7])
    assert plan.reclaimed_bytes == folder_size(NEWEST_FIRST[6])


def test_files_two_pruned_versions_share_are_reclaimed_once():
    twin = replace(NEWEST_FIRST[7], digest=NEWEST_FIRST[6].digest)
    users = ONE_EACH | {NEWEST_FIRST[6].digest: 2}
    plan = plan_prune([*NEWEST_FIRST[:7], twin], protected=set(), keep_count=6, users=users)
    assert plan.reclaimed_bytes == folder_size(twin)


@given(st.integers(0, 8), st.sets(st.sampled_from(NAMES)), st.integers(1, 9), st.sets(st.integers(0, 7)))
def test_a_plan_keeps_what_it_must(count, protected, keep_count, retired):
    versions = [
        replace(version, state=VersionState.RETIRED) if number in retired else version
        for number, version in enumerate(NEWEST_FIRST[:count])
    ]
    standing = [v.manifest.version for v in versions if v.state is not VersionState.RETIRED]
    plan = plan_prune(versions, protected=protected, keep_count=keep_count, users=ONE_EACH)
    assert sorted(plan.kept + plan.pruned) == sorted(standing)
    assert not set(plan.pruned) & (protected | set(standing[:keep_count]))
    assert len(set(plan.kept) - protected) == min(keep_count, len(set(standing) - protected))
