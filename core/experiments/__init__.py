"""Experiments: who gets which version, what became of them, and what may be concluded."""
