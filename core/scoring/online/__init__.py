"""The online learner: a small correction of the active version that follows outcomes as they come."""
