"""What the installation's own key signs: the platform's contracts, tenants' factories, and what may be spent on fees.

Nothing else.
"""

import logging
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.failpoints import failpoint
from app.integrations.chain import abi
from app.integrations.chain.port import Call, Fees
from app.integrations.keys import transactions
from app.modules.chain import rules, rules_sponsoring
from app.modules.chain.models import ChainInstallation
from app.modules.chain.models_signer import SignerDecision
from app.signer import limits
from app.signer.allowed import Held, Refused
from app.signer.desk import SignerDesk
from tenants.session import signer_session

log = logging.getLogger("portico.signer")
OWNER = "owner"


def answer(desk: SignerDesk, name: str) -> bool:
    """Sign the creation called `name`, or say why not."""
    with signer_session() as session:
        row = session.get(ChainInstallation, (desk.chain_id, name), with_for_update=True, populate_existing=True)
        if row is None or row.tx_hash:
            return False
        cost = row.gas * row.max_fee
        try:
            desk.must_run(session)
            call = _checked(session, desk, row)
            limits.must_fit(session, desk, tenant_id=None, cost=cost, now=desk.now())
        except (Held, Refused) as why:
            if row.refusal != str(why):
                row.refusal = str(why)
                verdict = "held" if isinstance(why, Held) else "refused"
                _decide(session, desk, row, verdict, str(why), cost, "")
                log.warning("%s %s: %s", verdict, name, why)
            return False
        signed = transactions.sign(
            desk.keys.key(OWNER),
            call,
            chain_id=desk.chain_id,
            nonce=row.nonce,
            gas=row.gas,
            fees=Fees(row.max_fee, row.priority_fee),
        )
        row.raw, row.tx_hash, row.refusal, row.signed_at = signed.raw, signed.tx_hash, "", desk.now()
        _decide(session, desk, row, "signed", "", cost, signed.tx_hash)
        failpoint("signer.signed-creation")
    return True


def _checked(session: Session, desk: SignerDesk, row: ChainInstallation) -> Call:
    """Return the creation that may be signed. Raises Refused."""
    if row.sender != desk.address(session, OWNER):
        raise Refused("the sender isn't the installation's key")
    if row.gas > rules.MOST_GAS or row.max_fee > rules.fee_cap("install"):
        raise Refused("it may use more gas, or pay more for it, than anything of ours needs")
    if row.target:
        (_spending if row.name.startswith(("relayer-", "budget-")) else _factory)(session, desk, row)
        return Call(to=row.target, data=row.data)
    plan: Any = abi.artifact("deployment")
    names = {step["contract"] for step in plan["steps"] + (plan["localOnly"] if desk.is_local else [])}
    if row.name not in names or not row.data.startswith(abi.artifact(row.name)["bytecode"]):
        raise Refused("the code isn't that of a contract of ours")
    return Call(to=None, data=row.data)


def _spending(session: Session, desk: SignerDesk, row: ChainInstallation) -> None:
    """The forwarder lets a tenant's own operator key spend, and counts for that tenant's own factory."""
    forwarder = session.get(ChainInstallation, (desk.chain_id, "Forwarder"))
    what, _, rest = row.name.partition("-")
    try:
        tenant_id = UUID(rest[:36])
        function, arguments = abi.called("Forwarder", row.data)
    except ValueError:
        raise Refused("the call isn't one that sets a budget") from None
    if forwarder is None or row.target != forwarder.address:
        raise Refused("the contract isn't the platform's forwarder")
    factory = session.get(ChainInstallation, (desk.chain_id, f"factory-{tenant_id}"))
    if what == "relayer" and function == "setRelayer":
        if arguments[0] != desk.address(session, f"operator-{tenant_id}"):
            raise Refused("the account isn't this tenant's operator key")
    elif what == "budget" and function == "setBudget" and factory is not None:
        if arguments[0] != factory.address:
            raise Refused("the budget would be another tenant's")
        if arguments[1] > rules_sponsoring.MOST_BUDGET:
            raise Refused("the budget is larger than any may be")
    else:
        raise Refused("the call isn't one that sets a budget")


def _factory(session: Session, desk: SignerDesk, row: ChainInstallation) -> None:
    """A tenant's factory is made by our own PlatformService, for that tenant and with its own keys."""
    platform = session.scalars(
        select(ChainInstallation.address).where(
            ChainInstallation.chain_id == desk.chain_id, ChainInstallation.name == "PlatformService"
        )
    ).one_or_none()
    try:
        tenant_id = UUID(row.name.removeprefix("factory-"))
        function, arguments = abi.called("PlatformService", row.data)
    except ValueError:
        raise Refused("the call isn't one that makes a tenant's factory") from None
    if not platform or row.target != platform or function != "createTenant":
        raise Refused("the call isn't one that makes a tenant's factory")
    admin, operator = (desk.address(session, f"{role}-{tenant_id}") for role in ("admin", "operator"))
    if arguments != ("0x" + abi.as_bytes32(tenant_id).hex(), admin, operator):
        raise Refused("the factory would be somebody else's")


def _decide(
    session: Session, desk: SignerDesk, row: ChainInstallation, verdict: str, reason: str, cost: int, tx_hash: str
) -> None:
    session.add(
        SignerDecision(
            at=desk.now(),
            tenant_id=None,
            chain_id=desk.chain_id,
            key_name=OWNER,
            kind="install",
            subject=row.name,
            verdict=verdict,
            reason=reason,
            cost=cost,
            tx_hash=tx_hash,
        )
    )
