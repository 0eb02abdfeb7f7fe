"""A challenger scores a share of the live answers beside the serving version, unseen, off the response path."""
