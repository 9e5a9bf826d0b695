"""`python -m app.signer`: sign until told to stop."""

from app.signer.run import main

main()
