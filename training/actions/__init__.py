"""Learns what actions bring."""
