"""What holds for investments without a database."""
