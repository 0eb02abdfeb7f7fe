"""How agents do beside their peers, and what they could work on."""
