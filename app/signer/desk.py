"""What the signer works with: its keys, its chain, its clock, and the two switches that stop it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from app.integrations.chain.networks import LOCAL
from app.integrations.keys.port import KeyRing
from app.modules.chain.models_signer import SignerKey, SignerState
from app.signer.allowed import Held, Refused

COOLING = timedelta(hours=24)


@dataclass(frozen=True)
class SignerDesk:
    """One signer. `halt_file` stops it as long as it exists; `cooling` is how long a new recipient waits."""

    keys: KeyRing
    chain_id: int
    halt_file: Path
    now: Callable[[], datetime]

    @property
    def is_local(self) -> bool:
        return self.chain_id == LOCAL

    @property
    def cooling(self) -> timedelta:
        return timedelta() if self.is_local else COOLING

    def must_run(self, session: Session) -> None:
        """Raise Held while either switch says halt."""
        if self.halt_file.exists():
            raise Held(f"signing is halted: {self.halt_file.name} exists in the signer's home folder")
        state = session.get(SignerState, 1, populate_existing=True)
        if state is None or state.halted:
            raise Held(f"signing is halted: {state.reason or 'no reason was given'}" if state else "signing is halted")

    def address(self, session: Session, name: str) -> str:
        """Return the address of a key that has been told before. Raises Refused where it is another one now."""
        own = self.keys.key(name).address
        told = session.get(SignerKey, name)
        if told is not None and told.address and told.address != own:
            raise Refused(f"the key {name} isn't the one it was: its file was replaced")
        return own
