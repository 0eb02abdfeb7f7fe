"""Who may call and what: permissions, API keys, ownership of leads."""
