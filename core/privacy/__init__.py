"""What people wrote is theirs: masking and locking it away."""
