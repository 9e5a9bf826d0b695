"""Pure parts of the chain module."""
