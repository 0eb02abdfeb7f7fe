"""Calls of a bank replayed in the order they were made, through the real server, store, broker, worker and beat."""
