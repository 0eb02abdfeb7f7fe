"""How to live with a dependency that fails: stop asking it for a while, and ask again only what is safe to repeat."""
