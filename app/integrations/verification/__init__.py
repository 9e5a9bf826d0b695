"""Explorers that check and publish a contract's sources, behind a port."""
