"""Pure checks of the signer."""
