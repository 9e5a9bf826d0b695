"""The one-machine defaults: a PostgreSQL server, a local chain and the supervisor that keeps them company."""
