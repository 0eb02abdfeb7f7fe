"""One class per service; every method converts, calls once, converts back."""
