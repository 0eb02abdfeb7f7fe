"""How good a lead is: by model, by conversion tables, or by rules, and the answer in one form."""
