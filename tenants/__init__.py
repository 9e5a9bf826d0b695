"""Tenants: whose data it is, and the session that sees only that."""
