"""The worker's side: asking a contract whether a signature is one of its own (ERC-1271)."""

from uuid import UUID

from eth_abi.abi import encode
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from app.core.tasks import TaskContext
from app.integrations.chain.port import Call, CallReverted
from app.modules.wallets import rules, service
from app.modules.wallets.models import Challenge

NO_CONTRACT = "The signature isn't one of this address, and no contract stands there on this site's chain."
REFUSED = "The contract at this address says that it didn't sign this message."


def check(context: TaskContext, *, challenge_id: str) -> None:
    """Ask the contract at the address of a message whether it signed; tried again while the chain is away."""
    wanted = UUID(challenge_id)
    with context.session() as session:
        challenge = session.get(Challenge, (context.tenant_id, wanted))
        if challenge is None or challenge.state != "checking":
            return
        address, message, signature = challenge.address, challenge.message, bytes.fromhex(challenge.signature[2:])
    signed, trouble = _asked(context, address, message, signature)
    with context.session() as session:
        service.keep_check(session, challenge_id=wanted, signed=signed, trouble=trouble)


def _asked(context: TaskContext, address: str, message: str, signature: bytes) -> tuple[bool, str]:
    chain = context.ports.chain
    if not chain.code(address, at="latest"):
        return False, NO_CONTRACT
    text = encode_defunct(text=message)
    digest = keccak(b"\x19" + text.version + text.header + text.body)
    data = "0x" + (rules.MAGIC + encode(["bytes32", "bytes"], [digest, signature])).hex()
    try:
        said = chain.call(Call(to=address, data=data), at="latest")
    except CallReverted:
        return False, REFUSED
    signed = len(said) >= 32 and said[:4] == rules.MAGIC and not any(said[4:32])
    return signed, "" if signed else REFUSED
