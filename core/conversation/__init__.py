"""What conversations say."""
