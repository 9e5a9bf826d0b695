"""Keys that sign: for the signer's process alone."""
