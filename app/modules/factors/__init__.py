"""What a person shows besides a password: codes of an app, recovery codes, passkeys."""
