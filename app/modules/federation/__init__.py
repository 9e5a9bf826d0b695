"""Sign-in by others: OpenID Connect providers that vouch for people, and issuers whose tokens the JSON door takes."""
