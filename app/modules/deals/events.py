"""Facts about deals."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class DealSubmitted:
    """An issuer asked for review of version `number`."""

    deal_id: UUID
    issuer_id: UUID
    number: int


@dataclass(frozen=True)
class DealChangesRequested:
    """A reviewer wants changes; the reason is on the version."""

    deal_id: UUID
    issuer_id: UUID


@dataclass(frozen=True)
class DealApproved:
    """A reviewer accepted the submitted version."""

    deal_id: UUID
    issuer_id: UUID


@dataclass(frozen=True)
class DealOpened:
    """Money is accepted from now on."""

    deal_id: UUID
    issuer_id: UUID


@dataclass(frozen=True)
class DealPaused:
    """No new money until the deal is resumed."""

    deal_id: UUID
    issuer_id: UUID


@dataclass(frozen=True)
class DealResumed:
    """Money is accepted again."""

    deal_id: UUID
    issuer_id: UUID


@dataclass(frozen=True)
class DealClosed:
    """The offer ended: `funded` tells whether the soft cap was reached. `raised` is in base units."""

    deal_id: UUID
    issuer_id: UUID
    funded: bool
    raised: int


@dataclass(frozen=True)
class DealCancelled:
    """The deal was called off."""

    deal_id: UUID
    issuer_id: UUID


@dataclass(frozen=True)
class DealPaidOut:
    """The sale succeeded on the chain, in a final block: the issuer got `proceeds`, the treasury `fee` (base units)."""

    deal_id: UUID
    issuer_id: UUID
    proceeds: int
    fee: int


@dataclass(frozen=True)
class DealSaleFailed:
    """The sale failed on the chain, in a final block: who bought can take the money back from its contract."""

    deal_id: UUID
    issuer_id: UUID


@dataclass(frozen=True)
class DealUpdatePublished:
    """The issuer told something new."""

    deal_id: UUID
    update_id: UUID
