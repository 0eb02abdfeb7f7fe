"""Features of the learning engine: what a lead prefers, how it decides, its sessions and its times, of 30 days."""
