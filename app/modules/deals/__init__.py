"""Deals: what issuers offer, who may see it, and how much of it is taken."""
