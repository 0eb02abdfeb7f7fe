"""What a version considers normal, and how far the present is from it."""
