from __future__ import annotations

from core.access.permissions import PRIVILEGED, ROLE_PERMISSIONS, Permission, roles_with
from core.caller import Role


def test_every_role_has_permissions_and_only_the_admin_has_all():
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert all(ROLE_PERMISSIONS.values())
    assert [role for role in Role if ROLE_PERMISSIONS[role] == frozenset(Permission)] == [Role.ADMIN]


def test_every_permission_is_granted_to_somebody():
    assert all(roles_with(permission) for permission in Permission)


def test_keys_models_and_experiments_are_managed_by_admins_alone():
    managing = (
        Permission.MANAGE_ACTIONS,
        Permission.MANAGE_KEYS,
        Permission.MANAGE_MODELS,
        Permission.MANAGE_EXPERIMENTS,
    )
    assert {roles_with(permission) for permission in managing} == {frozenset({Role.ADMIN})}


def test_experiments_are_read_by_those_who_read_models():
    assert roles_with(Permission.READ_EXPERIMENTS) == roles_with(Permission.READ_MODELS)


def test_whoever_only_writes_reads_nothing():
    writing = (Permission.WRITE_LEADS, Permission.WRITE_FEEDBACK, Permission.WRITE_EVENTS, Permission.WRITE_CATALOG)
    assert ROLE_PERMISSIONS[Role.RECORDER] == set(writing)
    assert ROLE_PERMISSIONS[Role.SCORER] == {Permission.SCORE, Permission.RECOMMEND, Permission.ANALYZE}


def test_reading_the_records_and_managing_are_privileged():
    assert {
        *(Permission.MANAGE_KEYS, Permission.MANAGE_MODELS, Permission.MANAGE_ACTIONS, Permission.READ_CONVERSATIONS),
        *(Permission.MANAGE_FEEDBACK, Permission.MANAGE_EXPERIMENTS, Permission.READ_AUDIT),
    } == PRIVILEGED
