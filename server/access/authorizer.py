"""Decides for every call who it comes from and whether it may be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import grpc
import structlog

from core.access.permissions import PRIVILEGED, roles_with
from core.caller import Caller
from core.errors import LeadlineError, PermissionDenied
from server.access.table import PERMISSIONS, check_complete, served_descriptors
from server.call import current_caller
from server.identity import Identify

log = structlog.get_logger("leadline.access")

OnDenied = Callable[[Caller, str], object]
"""Told of a privileged call that was refused: who, and what as ``Service/Method``."""


class Authorizer:
    """Authentication and permission in one step, before anything else is done for a call.

    Args:
        identify: Finds out who calls.
        on_denied: Records refusals of privileged calls.

    Raises:
        LeadlineError: If the permission table does not hold every method.
    """

    def __init__(self, identify: Identify, on_denied: OnDenied) -> None:
        check_complete(served_descriptors())
        self._identify = identify
        self._on_denied = on_denied
        self._roles = {method: roles_with(permission) for method, permission in PERMISSIONS.items()}

    def authorize(self, method: str, context: grpc.ServicerContext, correlation_id: str) -> Caller:
        """Return the caller of a method, if it has the permission.

        Args:
            method: Full name, ``/package.Service/Method``.
            context: Of the call.
            correlation_id: Of the call; goes with the caller into log lines and audit records.

        Raises:
            Unauthenticated: If nobody knows who calls.
            PermissionDenied: If the caller may not do this, or nobody said who may.
            DependencyDown: If who calls cannot be found out at the moment.
        """
        caller = self._identify(context)
        if correlation_id:
            caller = replace(caller, correlation_id=correlation_id)
        if caller.roles.isdisjoint(self._roles.get(method, ())):
            self._deny(caller, method)
        return caller

    def identify_again(self, context: grpc.ServicerContext) -> Caller:
        """Return the caller of a call under way, if its credential still holds: a long stream ends with it.

        Raises:
            Unauthenticated: If it was taken back or has expired.
            DependencyDown: If that cannot be found out.
        """
        self._identify(context)
        return current_caller()

    def _deny(self, caller: Caller, method: str) -> None:
        permission = PERMISSIONS.get(method)
        name = method.rpartition(".")[2]
        if permission in PRIVILEGED:
            self._record(caller, name)
        raise PermissionDenied(name, "unknown" if permission is None else permission)

    def _record(self, caller: Caller, name: str) -> None:
        try:
            self._on_denied(caller, name)
        except LeadlineError as problem:
            # The call is refused all the same, and its caller must not learn about our troubles from it.
            log.warning("a refusal could not be recorded", method=name, reason=problem.reason)
