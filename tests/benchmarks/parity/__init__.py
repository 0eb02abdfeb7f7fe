"""Live features against those of the past, over public logs of events."""
