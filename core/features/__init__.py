"""From a lead to numbers: every feature is declared once and computed by the same code online and in training."""
