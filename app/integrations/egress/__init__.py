"""The only way to addresses that people of a tenant may choose: webhooks, sign-in providers, key sets."""
