"""Portico: what the product does."""
