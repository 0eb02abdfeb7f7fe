"""What people did or said about leads, and what can be learned from it."""
