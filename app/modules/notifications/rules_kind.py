"""What one kind of notice is made of. Pure."""

from dataclasses import dataclass

# What these topics say a person has to know; they can't be muted.
UNMUTABLE = frozenset({"security", "verification"})


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a text for the catalogue."""
    return text


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What can be told. Without `title` nothing appears in the application; `action` labels the one button.

    `abroad`: it goes to somebody who need not have an account, at an address that somebody else gave.
    """

    topic: str
    icon: str
    subject: str
    body: tuple[str, ...]
    action: str = ""
    title: str = ""
    line: str = ""
    abroad: bool = False

    @property
    def in_app(self) -> bool:
        return bool(self.title)

    @property
    def always(self) -> bool:
        return self.topic in UNMUTABLE
