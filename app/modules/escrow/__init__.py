"""Escrow: money that an investor paid and nobody has decided about yet."""
