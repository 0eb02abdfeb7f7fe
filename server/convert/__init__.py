"""Messages to domain values and back, one module per proto file."""
