"""Whether an experiment can be trusted: what is looked at before any recommendation."""
