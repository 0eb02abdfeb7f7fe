"""How what a lead wants has changed."""
