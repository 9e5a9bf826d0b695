"""The chain module on a real local chain."""
