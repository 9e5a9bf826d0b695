"""Who people are: registration, sign-in, sessions, profile and roles."""
