"""The installation's own console and each tenant's site settings."""
