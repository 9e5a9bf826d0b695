"""The site's permissions in words, and which role has each: read from the modules' own tables, never written twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.permissions import Actor, Policy, Role
from app.modules.accounts import permissions as accounts
from app.modules.approvals import permissions as approvals
from app.modules.audit import permissions as audit
from app.modules.chain import permissions as chain
from app.modules.compliance import permissions as compliance
from app.modules.console import permissions as console
from app.modules.deals import permissions as deals
from app.modules.documents import permissions as documents
from app.modules.escrow import permissions as escrow
from app.modules.federation import permissions as federation
from app.modules.investments import permissions as investments
from app.modules.profiles import permissions as profiles
from app.modules.webhooks import permissions as webhooks


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a text for the catalogue."""
    return text


HERE = {
    Role.INVESTOR: N_("Investor"),
    Role.ISSUER: N_("Issuer"),
    Role.COMPLIANCE_OFFICER: N_("Compliance officer"),
    Role.TENANT_ADMIN: N_("Administrator"),
}

AREAS: Sequence[tuple[str, Policy]] = (
    (N_("Deals"), deals.POLICY),
    (N_("Investments"), investments.POLICY),
    (N_("Verification"), compliance.POLICY),
    (N_("Escrows and payouts"), escrow.POLICY),
    (N_("Deeds of two people"), approvals.POLICY),
    (N_("Chain"), chain.POLICY),
    (N_("Documents"), documents.POLICY),
    (N_("Own account"), profiles.POLICY),
    (N_("People"), accounts.POLICY),
    (N_("Record"), audit.POLICY),
    (N_("Webhooks"), webhooks.POLICY),
    (N_("Sign-in by others"), federation.POLICY),
    (N_("Site"), console.POLICY),
)

WORDS: dict[StrEnum, str] = {
    deals.Perm.DRAFT: N_("Begin a deal"),
    deals.Perm.EDIT: N_("Edit a deal"),
    deals.Perm.SUBMIT: N_("Send a deal to review"),
    deals.Perm.COMMENT: N_("Comment on a deal under review"),
    deals.Perm.PUBLISH: N_("Publish updates and answer questions"),
    deals.Perm.REVIEW: N_("Review deals: approve, or ask for changes"),
    deals.Perm.RUN: N_("Open, pause, close and call off deals"),
    deals.Perm.SEE_MONEY: N_("See what a deal has raised, and from whom"),
    investments.Perm.PLEDGE: N_("Invest in a deal"),
    investments.Perm.READ: N_("Read an investment"),
    investments.Perm.ACT: N_("Pay, renew or cancel an investment"),
    investments.Perm.LIST: N_("List the investors of a deal"),
    compliance.Perm.TAKE_PART: N_("Send in a verification"),
    compliance.Perm.REVIEW: N_("Read verifications and record checks"),
    compliance.Perm.DECIDE: N_("Decide a verification"),
    escrow.EscrowPermission.LIST: N_("List escrows"),
    escrow.EscrowPermission.SEE: N_("Read an escrow"),
    escrow.EscrowPermission.DECIDE: N_("Release or return the money of an escrow"),
    escrow.EscrowPermission.SETTLE: N_("Settle differences between books and chain"),
    approvals.Perm.TAKE_PART: N_("Ask for a second person, and answer as one"),
    chain.ChainPermission.SEE: N_("See the site's contracts and transactions"),
    chain.ChainPermission.DEPLOY: N_("Make contracts on the chain"),
    chain.ChainPermission.OPERATE: N_("Look after nodes and the signer"),
    chain.ChainPermission.STEER: N_("Raise the fee of a transaction, or cancel it"),
    documents.Perm.STORE: N_("Send a file"),
    documents.Perm.CHANGE: N_("Change or remove a file"),
    documents.Perm.READ_LOG: N_("See who opened a file"),
    profiles.Perm.DESCRIBE: N_("Keep personal data"),
    profiles.Perm.KEEP: N_("Keep investor profiles"),
    accounts.Perm.MANAGE_PEOPLE: N_("Invite people, give and take roles, suspend"),
    audit.Perm.READ: N_("Read and export the record"),
    webhooks.Perm.MANAGE: N_("Look after webhooks"),
    federation.Perm.MANAGE: N_("Say by whom people sign in"),
    console.Perm.MANAGE_SITE: N_("Change settings, look, features and hosts"),
    console.Perm.RUN_INSTALLATION: N_("Run the installation"),
}

# What else has to hold where a role alone isn't enough, by the name of the predicate.
CONDITIONS = {
    "owns": N_("their own deals"),
    "is_own": N_("their own"),
    "issued_by": N_("their own deals"),
    "_own": N_("their own"),
    "_someone_elses": N_("all but their own"),
    "_owns": N_("their own"),
    "is_payer": N_("their own"),
}


@dataclass(frozen=True)
class Cell:
    """What one role may do of one permission: never, always, or under `condition` (to be translated)."""

    allowed: bool
    condition: str = ""


@dataclass(frozen=True)
class Line:
    """One permission: its words, and a cell for each role of HERE."""

    permission: StrEnum
    words: str
    cells: tuple[Cell, ...]


def table() -> list[tuple[str, list[Line]]]:
    """Return area → lines, for the permissions that some role of a site has."""
    areas = [(name, [_line(policy, permission) for permission in policy.rules]) for name, policy in AREAS]
    seen = [(name, [line for line in lines if any(cell.allowed for cell in line.cells)]) for name, lines in areas]
    return [(name, lines) for name, lines in seen if lines]


def _line(policy: Policy, permission: StrEnum) -> Line:
    return Line(permission, WORDS[permission], tuple(_cell(policy, permission, role) for role in HERE))


def _cell(policy: Policy, permission: StrEnum, role: Role) -> Cell:
    """Ask the module's own table as a person who has this role alone."""
    somebody = Actor(tenant_id=UUID(int=1), user_id=UUID(int=2), roles=frozenset({role}))
    open_to = [all_of for all_of in policy.rules[permission] if all(predicate(somebody, None) for predicate in all_of)]
    if not open_to:
        return Cell(allowed=False)
    further = [[each for each in all_of if hasattr(each, "hides")] for all_of in open_to]
    if any(not some for some in further):
        return Cell(allowed=True)
    return Cell(allowed=True, condition=_condition(further[0][0]))


def _condition(predicate: Callable[[Actor, Any], bool]) -> str:
    return CONDITIONS[predicate.__name__]
