"""Leads in files: CSV and JSON, with a mapping where the columns have other names."""
