"""The signer's door: a process of its own, the only one that has keys."""
