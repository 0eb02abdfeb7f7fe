"""What leads did, as training rows see it: from events recorded before each row's moment."""

from training.behavior.as_of import with_behavior
from training.behavior.event_file import read_events

__all__ = ["read_events", "with_behavior"]
