"""Models that read messages: heads over sentence vectors and terms."""
