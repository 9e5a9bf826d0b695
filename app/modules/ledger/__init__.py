"""The ledger: double entry, append-only; every amount that the platform holds for somebody stands here."""
