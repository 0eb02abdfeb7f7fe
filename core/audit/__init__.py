"""Who did what: records in a chain of hashes, so that nobody can change, drop or swap one unseen."""
