"""EIP-1559 transactions, put together around a signature that any kind of key made."""

from typing import Any

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.crypto import keccak

from app.integrations.chain.port import Call, Fees, Signed
from app.integrations.keys.port import SigningKey


def sign(key: SigningKey, call: Call, *, chain_id: int, nonce: int, gas: int, fees: Fees) -> Signed:
    """Return the signed transaction and its hash."""
    fields: dict[str, Any] = {
        "type": 2,
        "chainId": chain_id,
        "nonce": nonce,
        "gas": gas,
        "value": call.value,
        "data": call.data,
        "maxFeePerGas": fees.max_fee,
        "maxPriorityFeePerGas": fees.priority_fee,
    }
    if call.to is not None:
        fields["to"] = call.to
    unsigned = TypedTransaction.from_dict(fields)
    made = key.sign_digest(bytes(unsigned.hash()))
    raw = bytes(TypedTransaction.from_dict({**fields, "v": made.parity, "r": made.r, "s": made.s}).encode())
    return Signed(tx_hash="0x" + keccak(raw).hex(), raw=raw)
