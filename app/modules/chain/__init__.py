"""The chain: contracts, transactions that have a life, and a follower that survives reorganisations."""
