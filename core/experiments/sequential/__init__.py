"""Tests that may be looked at again and again: with a planned horizon, and without one."""
