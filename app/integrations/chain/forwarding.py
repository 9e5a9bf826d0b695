"""Calls that people sign and somebody else sends (ERC-2771): what a wallet is asked to sign, and whether it did.

The domain and the type are those of OpenZeppelin's ERC2771Forwarder, under the name in contracts/src/Forwarder.sol.
"""

from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from app.integrations.chain import abi, permits
from app.integrations.chain.port import Call

NAME, VERSION = "Portico Forwarder", "1"
FIELDS = {
    "EIP712Domain": permits.FIELDS["EIP712Domain"],
    "ForwardRequest": (
        ("from", "address"),
        ("to", "address"),
        ("value", "uint256"),
        ("gas", "uint256"),
        ("nonce", "uint256"),
        ("deadline", "uint48"),
        ("data", "bytes"),
    ),
}


@dataclass(frozen=True)
class ForwardRequest:
    """A call of `sender` that the forwarder carries: no coin, at most `gas` units, until `deadline` (Unix seconds)."""

    chain_id: int
    forwarder: str
    sender: str
    to: str
    gas: int
    nonce: int
    deadline: int
    data: str

    def typed_data(self) -> dict[str, Any]:
        """Return what a wallet is asked to sign (eth_signTypedData_v4); whole numbers as decimal text."""
        return {
            "types": {name: [{"name": each, "type": kind} for each, kind in parts] for name, parts in FIELDS.items()},
            "primaryType": "ForwardRequest",
            "domain": {
                "name": NAME,
                "version": VERSION,
                "chainId": self.chain_id,
                "verifyingContract": self.forwarder,
            },
            "message": {
                "from": self.sender,
                "to": self.to,
                "value": "0",
                "gas": str(self.gas),
                "nonce": str(self.nonce),
                "deadline": str(self.deadline),
                "data": self.data,
            },
        }

    @property
    def digest(self) -> str:
        """The hash that is signed; it names this request among all."""
        made = self._signable()
        return "0x" + keccak(b"\x19" + made.version + made.header + made.body).hex()

    def is_signed(self, signature: permits.Signature) -> bool:
        """Tell whether the sender made the signature."""
        parts = (signature.v, int.from_bytes(signature.r), int.from_bytes(signature.s))
        try:
            return bool(Account.recover_message(self._signable(), vrs=parts).lower() == self.sender.lower())
        except ValueError:
            return False

    def carried(self, signature: permits.Signature) -> Call:
        """Return the relayer's call that carries the request and takes its cost off the budget."""
        signed = signature.r + signature.s + bytes([signature.v])
        data = bytes.fromhex(self.data.removeprefix("0x"))
        packed = (self.sender, self.to, 0, self.gas, self.deadline, data, signed)
        return Call(to=self.forwarder, data=abi.calldata("Forwarder", "sponsor", (packed,)))

    def _signable(self) -> Any:
        said = self.typed_data()
        numbers = {name: int(said["message"][name]) for name in ("value", "gas", "nonce", "deadline")}
        data = bytes.fromhex(self.data.removeprefix("0x"))
        return encode_typed_data(full_message={**said, "message": said["message"] | numbers | {"data": data}})


def nonce_call(forwarder: str, sender: str) -> Call:
    """Return the question how many requests of a sender the forwarder has carried."""
    return Call(to=forwarder, data=abi.calldata("Forwarder", "nonces", (sender,)))


def opened(data: str) -> tuple[ForwardRequest, int, str]:
    """Return (request, value, signature) out of a relayer's calldata. Raises ValueError for any other call.

    Chain, forwarder and nonce don't stand in it: they are 0 and empty.
    """
    function, arguments = abi.called("Forwarder", data)
    if function != "sponsor":
        raise ValueError(f"no request is carried by {function}")
    sender, to, value, gas, deadline, carried, signature = arguments[0]
    request = ForwardRequest(0, "", sender, to, gas, 0, deadline, "0x" + carried.hex())
    return request, value, "0x" + signature.hex()
