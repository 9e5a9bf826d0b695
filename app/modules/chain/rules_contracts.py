"""What is kept of contracts as they stood at a block, and how it is written down. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

_AMOUNTS = ("holds", "figures")
SALE_STATES = ("waiting", "open", "closed", "finalised", "failed")  # ITokenSale.Status, in its order


@dataclass(frozen=True)
class Finding:
    """One thing that was compared with what was built and given: `contract` is a name, `subject` a tenant or deal."""

    contract: str
    what: str
    expected: str
    found: str
    subject: str = ""

    @property
    def agrees(self) -> bool:
        return self.expected == self.found


@dataclass(frozen=True)
class Standing:
    """A contract of the tenant at the block. `holds`: asset's address → base units, what is zero left out.

    `state`: active or stopped (factory), locked or free (token), paused or one of SALE_STATES (sale); unknown for one
    that doesn't answer as ours do. `figures` are base units and counts: raised, sold, supply, holders; `unit` the
    decimals of the deal's token.
    """

    kind: str
    address: str
    deal_id: str
    state: str
    holds: dict[str, int] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    asset: str = ""
    unit: int = 0


@dataclass(frozen=True)
class Picture:
    """Everything that a look told. `roles`: role → addresses; `keys`: which key of ours → its address.

    `successor` is who was offered the platform's contracts, the zero address for nobody.
    """

    contracts: Sequence[Standing]
    compared: Sequence[Finding]
    roles: Mapping[str, Sequence[str]]
    keys: Mapping[str, str]
    successor: str
    built: Mapping[str, str]
    operator_coin: int
    pools: int
    distributions: int

    def differing(self) -> list[Finding]:
        """Return what is not as it should be."""
        return [one for one in self.compared if not one.agrees]

    def holders(self, role: str) -> list[tuple[str, str]]:
        """Return (address, whose key of ours it is or empty) of those who have a role."""
        names = {address: name for name, address in self.keys.items()}
        return [(address, names.get(address, "")) for address in self.roles.get(role, ())]

    def as_built(self, contract: str, subject: str = "") -> bool:
        """Tell whether a contract's code is what was built, as far as it was compared."""
        about = [one for one in self.compared if (one.contract, one.subject, one.what) == (contract, subject, "code")]
        return bool(about) and all(one.agrees for one in about)


def written(picture: Picture) -> dict[str, Any]:
    """Return a picture as JSON; amounts are decimal strings."""
    body = asdict(picture)
    for one in body["contracts"]:
        for part in _AMOUNTS:
            one[part] = {key: str(amount) for key, amount in one[part].items()}
    return body | {"operator_coin": str(picture.operator_coin)}


def read(body: Mapping[str, Any]) -> Picture:
    """Return the picture that `written` gave."""
    contracts = [
        Standing(**one | {part: {key: int(amount) for key, amount in one[part].items()} for part in _AMOUNTS})
        for one in body["contracts"]
    ]
    compared = [Finding(**one) for one in body["compared"]]
    rest = {**body, "contracts": contracts, "compared": compared, "operator_coin": int(body["operator_coin"])}
    return Picture(**rest)
