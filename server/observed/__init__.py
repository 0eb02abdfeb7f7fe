"""What operators see: logs, metrics, traces, and the endpoints that serve them."""
