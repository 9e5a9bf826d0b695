"""The blockchain, behind a port."""
