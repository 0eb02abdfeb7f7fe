"""A training run from its claim to its end, in a process of its own."""
