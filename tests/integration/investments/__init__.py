"""Investments on a real database."""
