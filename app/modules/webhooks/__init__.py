"""Webhooks: what happens on a site, told to the programs of its keeper by signed messages (Standard Webhooks)."""
