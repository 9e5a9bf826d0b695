"""Reads of what the signer keeps; in a session of the platform or the signer."""

from sqlalchemy.orm import Session

from app.modules.chain import rules
from app.modules.chain.models_signer import SignerLimit


def limits(session: Session, scope: str) -> rules.Limits:
    """Return the limits of a scope: its own, those of every tenant, or what we begin with."""
    for wanted in (scope, *(() if scope == "whole" else ("tenant",))):
        row = session.get(SignerLimit, wanted, populate_existing=True)
        if row is not None:
            return rules.Limits(row.each_one, row.an_hour, row.a_day)
    return rules.LIMITS["whole" if scope == "whole" else "tenant"]
