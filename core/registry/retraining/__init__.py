"""When to train anew, and whether what was trained may serve."""
