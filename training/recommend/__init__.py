"""Fits recommenders: from what leads did with items to a version."""
