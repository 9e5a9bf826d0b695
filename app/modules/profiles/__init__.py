"""Who people are, where they pay tax, and in whose name they invest."""
