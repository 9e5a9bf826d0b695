"""What one person alone may not do: somebody asks, somebody else agrees, and only then it happens."""
