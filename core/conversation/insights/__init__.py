"""What is worth knowing about a conversation, and what to do about it."""
