"""Pure parts of the ledger."""
