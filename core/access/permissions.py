"""What each role may do. What is not listed is denied."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.caller import Role


class Permission(StrEnum):
    """What a method needs of its caller."""

    ANYBODY = "anybody"
    """Nobody is asked who they are: health, and reflection where it is on."""
    SCORE = "score"
    READ_LEADS = "read_leads"
    WRITE_LEADS = "write_leads"
    READ_FEEDBACK = "read_feedback"
    WRITE_FEEDBACK = "write_feedback"
    MANAGE_FEEDBACK = "manage_feedback"
    WRITE_EVENTS = "write_events"
    READ_BEHAVIOR = "read_behavior"
    """Events of leads and what is made of them."""
    READ_CATALOG = "read_catalog"
    WRITE_CATALOG = "write_catalog"
    RECOMMEND = "recommend"
    READ_AGENTS = "read_agents"
    """How agents do."""
    ANALYZE = "analyze"
    """Conversations, the health of leads, and what to do next."""
    READ_ACTIONS = "read_actions"
    """Actions and kinds of insights."""
    MANAGE_ACTIONS = "manage_actions"
    READ_CONVERSATIONS = "read_conversations"
    """What leads wrote, word by word."""
    READ_MODELS = "read_models"
    READ_MODEL_EVENTS = "read_model_events"
    MANAGE_MODELS = "manage_models"
    READ_MONITORING = "read_monitoring"
    READ_EXPERIMENTS = "read_experiments"
    MANAGE_EXPERIMENTS = "manage_experiments"
    READ_STATUS = "read_status"
    MANAGE_KEYS = "manage_keys"
    READ_AUDIT = "read_audit"


PRIVILEGED = frozenset(
    {
        Permission.MANAGE_FEEDBACK,
        Permission.MANAGE_ACTIONS,
        Permission.READ_CONVERSATIONS,
        Permission.MANAGE_MODELS,
        Permission.MANAGE_EXPERIMENTS,
        Permission.MANAGE_KEYS,
        Permission.READ_AUDIT,
    }
)
"""A refusal of one of these is recorded."""

_READ = frozenset(
    {
        Permission.READ_LEADS,
        Permission.READ_FEEDBACK,
        Permission.READ_BEHAVIOR,
        Permission.READ_CATALOG,
        Permission.READ_ACTIONS,
        Permission.READ_MODELS,
        Permission.READ_MONITORING,
        Permission.READ_EXPERIMENTS,
        Permission.READ_STATUS,
    }
)

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.READER: _READ,
    Role.SCORER: frozenset({Permission.SCORE, Permission.RECOMMEND, Permission.ANALYZE}),
    Role.RECORDER: frozenset(
        {Permission.WRITE_LEADS, Permission.WRITE_FEEDBACK, Permission.WRITE_EVENTS, Permission.WRITE_CATALOG}
    ),
    # Of one owner only, see core.access.ownership.
    Role.SELLER: frozenset(
        {
            Permission.SCORE,
            Permission.READ_LEADS,
            Permission.WRITE_LEADS,
            Permission.READ_FEEDBACK,
            Permission.WRITE_FEEDBACK,
            Permission.WRITE_EVENTS,
            Permission.READ_BEHAVIOR,
            Permission.READ_CATALOG,
            Permission.RECOMMEND,
            Permission.ANALYZE,
            Permission.READ_ACTIONS,
            Permission.READ_CONVERSATIONS,
        }
    ),
    Role.ANALYST: _READ | {Permission.READ_MODEL_EVENTS, Permission.READ_AUDIT, Permission.READ_AGENTS},
    Role.ADMIN: frozenset(Permission),
}
"""What a holder of each role may do."""


def roles_with(permission: Permission) -> frozenset[Role]:
    """Return every role that grants ``permission``; all of them for ANYBODY."""
    if permission is Permission.ANYBODY:
        return frozenset(Role)
    return frozenset(role for role, granted in ROLE_PERMISSIONS.items() if permission in granted)
