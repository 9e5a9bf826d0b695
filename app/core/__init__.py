"""Words everybody shares: no Flask, no feature."""
