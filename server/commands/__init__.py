"""What ``python -m server`` does besides serving: one file per command."""
