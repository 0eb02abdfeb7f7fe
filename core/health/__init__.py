"""How leads are."""
