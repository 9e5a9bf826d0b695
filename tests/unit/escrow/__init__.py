"""Pure parts of escrow."""
