"""Passwords that others know: where the list of them comes from."""
