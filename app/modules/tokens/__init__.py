"""What programs show at the JSON door: access tokens that are short-lived, refresh tokens that rotate, and API keys."""
