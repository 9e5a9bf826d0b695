"""What both hosts answer about following the chain and about signing."""

from datetime import datetime
from typing import Any

from app.core.money import Asset
from app.integrations.chain.networks import network
from app.modules.chain.forms_words_following import trouble
from app.modules.chain.models_signer import SignerDecision, SignerRecipient
from app.modules.chain.rules import Limits
from app.modules.chain.service_fees import coin_asset
from app.modules.chain.service_following import Following
from app.modules.chain.service_signer import Signing
from app.web.operations import Shape


class LostBranch(Shape):
    """A branch that was followed and lost: its newest block, and the newest one that both branches have."""

    seen_at: datetime
    old_number: int
    old_hash: str
    fork_number: int
    depth: int
    logs_undone: int
    below_final: bool


class Followed(Shape):
    """How far a chain was followed, up to `followed`; what stands up to `final` is certain.

    `newest` is the newest block of the nodes, `behind` how many blocks are still to be read, each null where it isn't
    known. `frozen`: nothing is sent and nothing is credited. `needed` of `nodes` nodes have to agree.
    """

    chain_id: int
    network: str
    newest: int | None
    followed: int | None
    behind: int | None
    final: int | None
    looked_at: datetime | None
    trouble: str
    frozen: bool
    nodes: int
    needed: int
    lost: list[LostBranch]


class Limit(Shape):
    """What signing may cost, in the chain's coin: each transaction, all of an hour, all of a day."""

    each_one: str
    an_hour: str
    a_day: str


class Decision(Shape):
    """What the signer did about one request, and why; `atMost` is in the chain's coin."""

    at: datetime
    kind: str
    subject: str
    verdict: str
    reason: str
    at_most: str
    tx_hash: str | None


class Recipient(Shape):
    """An address that money may go to: from `allowedAt` on, or a day after it was first seen."""

    address: str
    seen_at: datetime
    allowed_at: datetime | None


class SigningShown(Shape):
    """How signing does. `state`: runs, halted or away. `hour` and `day` are what was signed in the last one."""

    chain_id: int
    state: str
    currency: str
    hour: str
    day: str
    limits: Limit
    decisions: list[Decision]
    recipients: list[Recipient]


def facts(found: Following, chain_id: int) -> dict[str, Any]:
    """Return the values of `Followed`."""
    row = found.network
    return {
        "chain_id": chain_id, "network": network(chain_id).name, "newest": found.head if found.head >= 0 else None,
        "followed": row.head_number if row else None, "behind": found.lag, "final": row.final_number if row else None,
        "looked_at": row.followed_at if row else None, "trouble": trouble(row.trouble) if row else "",
        "frozen": found.frozen, "nodes": len(found.endpoints), "needed": found.needed,
        "lost": [LostBranch.model_validate(each) for each in found.reorgs],
    }  # fmt: skip


def signing_facts(found: Signing, chain_id: int) -> dict[str, Any]:
    """Return the values of `SigningShown`."""
    coin = coin_asset(chain_id)
    return {
        "chain_id": chain_id, "state": found.state, "currency": coin.code, "hour": coin.plain(found.hour),
        "day": coin.plain(found.day),
        "limits": limit(found.limits, coin),
        "decisions": [_decision(each, chain_id) for each in found.decisions],
        "recipients": [_recipient(each) for each in found.recipients],
    }  # fmt: skip


def limit(found: Limits, coin: Asset) -> Limit:
    """Return limits in whole coins."""
    return Limit(**{name: coin.plain(units) for name, units in vars(found).items()})


def _decision(each: SignerDecision, chain_id: int) -> Decision:
    return Decision(
        at=each.at,
        kind=each.kind,
        subject=each.subject,
        verdict=each.verdict,
        reason=each.reason,
        at_most=coin_asset(chain_id).plain(each.cost),
        tx_hash=each.tx_hash or None,
    )


def _recipient(each: SignerRecipient) -> Recipient:
    return Recipient(address=each.address, seen_at=each.seen_at, allowed_at=each.allowed_at)
