"""How often recommendations are wrong, and how often they find what is there."""
