"""Features of streams of events: declared once, kept up live, and computed for any moment of the past."""
