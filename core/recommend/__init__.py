"""What to show a lead next, and why."""
