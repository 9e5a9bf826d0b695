"""Where the windows of rate limits are kept when they aren't kept in the database."""
