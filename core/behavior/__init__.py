"""What leads do: events, and what is made of them."""
