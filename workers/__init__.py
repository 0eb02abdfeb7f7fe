"""When and how often: the Celery app, its schedule, its tasks, and how a worker shows that it lives."""
