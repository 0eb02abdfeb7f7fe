"""Who calls: API keys, JSON Web Tokens, certificates."""

from server.identity.caller import Identify, local_identity

__all__ = ["Identify", "local_identity"]
