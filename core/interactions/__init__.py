"""What one lead did with one item: features of the pair."""
