"""The features of streams as of any moment of the past: on one machine, and on several."""
