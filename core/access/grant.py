"""What a credential grants: roles, and for a seller whose leads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.caller import Role
from core.errors import InvalidInput
from core.identifiers import check_identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Roles, and the owner a seller is tied to.

    Raises:
        InvalidInput: On construction: no role, a seller with another role, or an owner where none belongs.
    """

    roles: frozenset[Role]
    owner_id: str = ""
    """Whose leads a seller may see; "" for every other role."""

    def __post_init__(self) -> None:
        if not self.roles:
            raise InvalidInput.of("roles", "must name at least one role")
        if Role.SELLER not in self.roles:
            if self.owner_id:
                raise InvalidInput.of("owner_id", "must be empty unless the role is seller")
            return
        # Together with a role that sees everybody's leads, "own leads only" would mean nothing.
        if len(self.roles) > 1:
            raise InvalidInput.of("roles", "must be seller alone: other roles are not tied to an owner")
        check_identifier(self.owner_id, "owner_id")


def roles_of(names: Iterable[str]) -> frozenset[Role]:
    """Return the roles of these names.

    Raises:
        InvalidInput: If one is no role.
    """
    try:
        return frozenset(Role(name) for name in names)
    except ValueError:
        raise InvalidInput.of("roles", f"must be of {', '.join(Role)}") from None
