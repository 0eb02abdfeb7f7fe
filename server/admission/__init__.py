"""Decides which calls are taken, before any thread works for them."""
