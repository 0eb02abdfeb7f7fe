"""When and how often: the learning jobs. Empty until feedback is recorded; see docs/architecture.md."""
