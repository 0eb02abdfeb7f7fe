from __future__ import annotations

import pytest

from core.access.grant import Grant, roles_of
from core.caller import Role
from core.errors import InvalidInput


def test_roles_add_up():
    assert Grant(roles=frozenset({Role.READER, Role.SCORER})).owner_id == ""


def test_a_seller_has_an_owner():
    assert Grant(roles=frozenset({Role.SELLER}), owner_id="owner-1").owner_id == "owner-1"


@pytest.mark.parametrize(
    ("roles", "owner_id", "field"),
    [
        (set(), "", "roles"),
        ({Role.SELLER}, "", "owner_id"),
        ({Role.SELLER}, "two words", "owner_id"),
        ({Role.SELLER, Role.READER}, "owner-1", "roles"),
        ({Role.ADMIN, Role.SELLER}, "owner-1", "roles"),
        ({Role.READER}, "owner-1", "owner_id"),
    ],
)
def test_what_means_nothing_cannot_be_granted(roles, owner_id, field):
    with pytest.raises(InvalidInput) as caught:
        Grant(roles=frozenset(roles), owner_id=owner_id)
    assert caught.value.violations[0].field == field


def test_an_unknown_role_is_refused():
    assert roles_of(["admin", "reader"]) == {Role.ADMIN, Role.READER}
    with pytest.raises(InvalidInput):
        roles_of(["reader", "root"])
