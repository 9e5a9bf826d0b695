"""Wallets that people linked to their accounts: shown to be theirs by a signed message, and good to sign in with."""
