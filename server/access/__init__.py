"""Which method needs which permission, and who has it."""
