"""Heads that read messages: from phrases to registered versions."""
