"""What OpenID Connect providers are asked: their documents and keys, codes for tokens, who somebody is."""
