"""Conditions over what is known of a lead."""
