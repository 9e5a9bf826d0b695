"""Everything that can be told: the name of each message, what it means, and an example of its data. Pure.

No message says more about a person than an identifier: the rest is asked for over the interface, by those who may.
Amounts are decimal strings in base units, with the asset's code and decimals beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ID = "01938b1e-7c00-7000-8000-00000000000{}"
_PERSON = {"userId": _ID.format(1)}
_DEAL = {"dealId": _ID.format(2), "issuerId": _ID.format(3)}
_CASE = {**_PERSON, "caseId": _ID.format(4), "level": "standard"}
_INVESTMENT = {"investmentId": _ID.format(5), "dealId": _ID.format(2), **_PERSON}
_MONEY = {"amount": "25000000000", "currency": "EUR", "decimals": 6}
_HASH = {"txHash": "0x" + "5f" * 32}


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a text for the catalogue."""
    return text


@dataclass(frozen=True)
class Told:
    """A message that can be asked for. `what` is the sentence people read; `sample` its data."""

    what: str
    sample: Mapping[str, Any]


CATALOGUE: dict[str, Told] = {
    "user.registered": Told(N_("Somebody made an account."), _PERSON),
    "user.verified_email": Told(N_("Somebody showed that the e-mail address is theirs."), _PERSON),
    "user.suspended": Told(N_("An account was suspended."), _PERSON),
    "user.reactivated": Told(N_("A suspended account can sign in again."), _PERSON),
    "role.granted": Told(N_("A person got a role."), {**_PERSON, "role": "issuer"}),
    "role.revoked": Told(N_("A person lost a role."), {**_PERSON, "role": "issuer"}),
    "verification.submitted": Told(N_("Somebody sent a verification for review."), _CASE),
    "verification.approved": Told(N_("A verification was approved."), _CASE),
    "verification.rejected": Told(N_("A verification was refused."), _CASE),
    "verification.more_requested": Told(N_("Parts of a verification are asked for again."), _CASE),
    "deal.submitted": Told(N_("A deal was sent for review."), {**_DEAL, "number": "1"}),
    "deal.changes_requested": Told(N_("The reviewer wants changes in a deal."), _DEAL),
    "deal.approved": Told(N_("A deal passed the review."), _DEAL),
    "deal.opened": Told(N_("A deal takes money from now on."), _DEAL),
    "deal.paused": Told(N_("A deal takes no new money for now."), _DEAL),
    "deal.resumed": Told(N_("A paused deal takes money again."), _DEAL),
    "deal.closed": Told(
        N_("A deal's offer ended, funded or not."),
        {**_DEAL, "funded": True, "raised": "750000000000", "currency": "EUR", "decimals": 6},
    ),
    "deal.cancelled": Told(N_("A deal was called off."), _DEAL),
    "deal.paid_out": Told(
        N_("A deal's contract paid the issuer and the fee."),
        {**_DEAL, "proceeds": "735000000000", "fee": "15000000000", "currency": "EUR", "decimals": 6},
    ),
    "deal.sale_failed": Told(N_("A deal's contract gives back what was released to it."), _DEAL),
    "deal.updated": Told(N_("An issuer published an update."), {"dealId": _ID.format(2), "updateId": _ID.format(6)}),
    "investment.pledged": Told(N_("Somebody pledged an amount."), {**_INVESTMENT, **_MONEY}),
    "investment.confirmed": Told(N_("An investment's money is final and held in escrow."), _INVESTMENT),
    "investment.completed": Told(
        N_("An investment is complete; its tokens are the investor's."), {**_INVESTMENT, "tokens": "250" + "0" * 18}
    ),
    "investment.refunded": Told(N_("An investment's money went back to the investor."), _INVESTMENT),
    "investment.ended": Told(N_("An unpaid investment was cancelled or ran out of time."), _INVESTMENT),
    "deposit.arriving": Told(
        N_("A deposit was seen on the chain; it isn't final yet."), {**_INVESTMENT, **_MONEY, **_HASH}
    ),
    "deposit.vanished": Told(N_("A deposit that was seen was undone by the chain."), {**_INVESTMENT, **_MONEY}),
    "escrow.taken_back": Told(
        N_("The chain lost final blocks: the escrow stands at an earlier state again."),
        {**_INVESTMENT, **_MONEY, "status": "expected"},
    ),
    "escrow.held": Told(
        N_("A deposit is final and held in escrow."),
        {
            **_INVESTMENT,
            **_MONEY,
            **_HASH,
            "decideBy": "2026-12-05T09:00:00+00:00",
            "expiresAt": "2026-12-21T09:00:00+00:00",
        },
    ),
    "escrow.released": Told(
        N_("Escrow was released to the deal."),
        {
            **_INVESTMENT,
            **_MONEY,
            **_HASH,
            "tokens": "250" + "0" * 18,
            "toSale": "24500000000",
            "fee": "500000000",
            "reduced": "0",
        },
    ),
    "escrow.refunded": Told(
        N_("Escrow was sent back to the payer."), {**_INVESTMENT, **_MONEY, **_HASH, "cause": "rejected"}
    ),
    "escrow.returned": Told(
        N_("A failed deal gave released money back to the investor."), {**_INVESTMENT, **_MONEY, **_HASH}
    ),
    "escrow.undecided": Told(
        N_("Fourteen days passed without a decision; the payer may take the money back."), {**_INVESTMENT, **_MONEY}
    ),
    "audit.sealed": Told(
        N_("New entries of the record were sealed. Keep the hash: it proves later that nothing was rewritten."),
        {"number": "1204", "hash": "9c" * 32, "entries": "3", "sealedAt": "2026-11-21T09:00:00+00:00"},
    ),
}
CHALLENGE = "webhook.challenge"
TEST = "webhook.test"
