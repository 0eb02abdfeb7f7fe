from __future__ import annotations

from dataclasses import replace

import pytest

from core.access.permissions import Permission, roles_with
from core.caller import LOCAL_CALLER, Role
from core.errors import DependencyDown, LeadlineError, PermissionDenied
from server.access.authorizer import Authorizer
from server.access.table import PERMISSIONS, check_complete, methods_of, served_descriptors
from server.services import SERVICES


def test_the_table_holds_every_method():
    check_complete(served_descriptors())
    assert set(SERVICES) < {service.full_name for service in served_descriptors()}


@pytest.mark.parametrize("method", methods_of(served_descriptors()))
def test_a_method_that_is_missing_stops_the_start(method):
    gap = {name: permission for name, permission in PERMISSIONS.items() if name != method}
    with pytest.raises(LeadlineError, match=method.rpartition("/")[2]):
        check_complete(served_descriptors(), gap)


def test_a_method_that_is_gone_stops_the_start():
    with pytest.raises(LeadlineError, match="Gone"):
        check_complete(served_descriptors(), {**PERMISSIONS, "/leadline.v1.GoneService/Gone": Permission.SCORE})


def test_only_health_and_reflection_answer_anybody():
    open_to_all = {method.split("/")[1] for method, needs in PERMISSIONS.items() if needs is Permission.ANYBODY}
    assert open_to_all == {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}


def test_a_method_nobody_listed_is_denied_to_everybody():
    for role in Role:
        authorizer, _ = authorizer_for(role)
        with pytest.raises(PermissionDenied):
            authorizer.authorize("/leadline.v1.NewService/New", None, "")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("method", PERMISSIONS)
def test_a_refusal_of_a_privileged_call_is_recorded_and_no_other(role, method):
    authorizer, denied = authorizer_for(role)
    allowed = role in roles_with(PERMISSIONS[method])
    if allowed:
        assert authorizer.authorize(method, None, "c-1").correlation_id == "c-1"
        assert denied == []
        return
    with pytest.raises(PermissionDenied) as caught:
        authorizer.authorize(method, None, "c-1")
    name = method.removeprefix("/leadline.v1.")
    privileged = PERMISSIONS[method] in {
        *(Permission.MANAGE_KEYS, Permission.MANAGE_MODELS),
        *(Permission.MANAGE_FEEDBACK, Permission.MANAGE_EXPERIMENTS, Permission.READ_AUDIT),
        *(Permission.MANAGE_ACTIONS, Permission.READ_CONVERSATIONS),
    }
    assert denied == ([("c-1", name)] if privileged else [])
    assert caught.value.metadata == {"method": name, "permission": PERMISSIONS[method]}


def test_a_refusal_stays_one_when_it_cannot_be_recorded():
    def cannot(*_: object) -> None:
        raise DependencyDown("audit")

    authorizer = Authorizer(lambda _: replace(LOCAL_CALLER, roles=frozenset({Role.READER})), cannot)
    with pytest.raises(PermissionDenied):
        authorizer.authorize("/leadline.v1.AccessService/CreateApiKey", None, "")


def authorizer_for(role: Role) -> tuple[Authorizer, list]:
    denied: list = []
    caller = replace(LOCAL_CALLER, roles=frozenset({role}))
    return Authorizer(lambda _: caller, lambda who, what: denied.append((who.correlation_id, what))), denied
