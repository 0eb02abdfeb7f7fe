from __future__ import annotations

import pytest

from core.features.categorical import MAX_LEVELS, MISSING, OTHER, Levels, OneHot, learn_levels, level_text
from core.features.category import Category
from core.features.declaration import FeatureGroup
from core.lead import Lead


def one_hot(levels):
    return OneHot("x", "X", FeatureGroup.ATTRIBUTE, levels)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (" web ", "web"),
        ("  ", ""),
        (True, "true"),
        (False, "false"),
        (3.0, "3"),
        (-0.0, "0"),
        (2.5, "2.5"),
        (1e15, "1000000000000000.0"),
        (1e300, "1e+300"),
    ],
)
def test_values_as_levels(value, text):
    assert level_text(value) == text


def test_frequent_values_are_learned_in_alphabetical_order():
    levels = learn_levels([*["web"] * 10, *["fair"] * 11, *["rare"] * 9, ""])
    assert levels == Levels(names=("fair", "web"), missing_as=MISSING, other_as=OTHER)


def test_at_most_sixty_levels_and_the_commonest_stay():
    values = [f"v{i:03d}" for i in range(MAX_LEVELS + 5) for _ in range(10 + i)]
    levels = learn_levels(values)
    assert levels.names == tuple(f"v{i:03d}" for i in range(5, MAX_LEVELS + 5))
    assert levels.other_as == OTHER


@pytest.mark.parametrize(
    ("values", "missing_as", "other_as"),
    [
        (["a"] * 10 + ["b"] * 12 + [""] + ["rare"], MISSING, OTHER),
        (["a"] * 10 + ["b"] * 12 + [""], MISSING, MISSING),  # no rare value seen: a new one counts as missing
        (["a"] * 10 + ["b"] * 12 + ["rare"], "b", OTHER),  # no missing one seen: it counts as the commonest
        (["a"] * 10 + ["b"] * 12, "b", "b"),
        (["a"] * 10 + ["b"] * 10, "a", "a"),  # of equals the first
        ([""] * 10, MISSING, MISSING),
        (["rare"], MISSING, OTHER),
        ([], MISSING, MISSING),
    ],
)
def test_what_training_never_saw_is_put_where_training_has_seen_leads(values, missing_as, other_as):
    levels = learn_levels(values)
    assert (levels.missing_as, levels.other_as) == (missing_as, other_as)
    family = one_hot(levels)
    names = [feature.name for feature in family.features]
    assert names[family.column("")] == f"x={missing_as}"
    assert names[family.column("never seen")] == f"x={other_as}"


def test_texts_that_look_like_our_marks_get_no_column_of_their_own():
    levels = learn_levels(["(missing)"] * 20 + ["(other)"] * 20 + ["web"] * 20)
    names = [feature.name for feature in one_hot(levels).features]
    assert names == ["x=web", "x=(other)", "x=(missing)"]
    assert one_hot(levels).column("(missing)") == one_hot(levels).column("anything else") == 1


@pytest.mark.parametrize(
    ("category", "group", "whole"),
    [
        ("Software/QA", "software", "software/qa"),
        ("SOFTWARE / qa", "software", "software/qa"),
        ("Software/Ops", "software", "(other)"),
        ("Garden", "(other)", "(other)"),
        ("", "(missing)", "(missing)"),
    ],
)
def test_a_category_is_one_hot_in_group_and_whole(category, group, whole, values):
    family = Category(Levels(names=("property", "software")), Levels(names=("property", "software/qa")))
    found = values(family, Lead(lead_id="l", category=category))
    assert {name for name, value in found.items() if value} == {f"category.group={group}", f"category.whole={whole}"}
    assert sum(found.values()) == 2.0
