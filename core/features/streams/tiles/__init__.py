"""What is kept of the events of a window: one partial result for each step, so that old steps can be dropped."""
