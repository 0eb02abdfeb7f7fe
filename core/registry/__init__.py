"""Model versions: what they are, what happened to them, which one serves."""
