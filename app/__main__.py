"""`python -m app …`: the operator's command line."""

from app.factory import create_cli

create_cli()()
