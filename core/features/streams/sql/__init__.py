"""The past of a plan as text of SQL (DuckDB's): pure generation, nothing is run here.

The text holds numbers and names made here, and nothing from the plan's texts: what a condition compares with is bound.
"""
