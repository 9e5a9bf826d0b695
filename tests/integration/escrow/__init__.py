"""Escrow on a real local chain."""
