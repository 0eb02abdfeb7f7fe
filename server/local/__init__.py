"""``make run``: server, worker, beat and broker on this machine, watched, and none left behind."""
