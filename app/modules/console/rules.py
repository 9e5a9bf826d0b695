"""What a slug may be, and what a site still lacks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tenants.settings import FeatureName, TenantSettings

SLUG = re.compile(r"[a-z](?:[a-z0-9]|-(?!-)){1,30}[a-z0-9]", re.ASCII)
RESERVED = frozenset(
    {"admin", "api", "app", "assets", "console", "installation", "mail", "portico", "static", "support", "www"}
)
DEFAULT = TenantSettings()


@dataclass(frozen=True)
class Change:
    """One setting before and after."""

    before: dict[str, object]
    after: dict[str, object]

    def __bool__(self) -> bool:
        return bool(self.after)


def slug_problem(slug: str) -> str | None:
    """Return the code of what is wrong with a slug: `shape`, `reserved`, or None."""
    if not SLUG.fullmatch(slug):
        return "shape"
    return "reserved" if slug in RESERVED else None


def missing(settings: TenantSettings, *, administrators: int, offers: Sequence[str] = ()) -> list[str]:
    """Return the codes of what a site lacks before it should meet investors, the most urgent first."""
    lacking = {
        "administrator": administrators == 0,
        "terms": not settings.terms_text,
        "privacy": not settings.privacy_text,
        "contact": settings.contact_email == DEFAULT.contact_email,
        "payment": FeatureName.ESCROW in offers and not settings.payment_tokens,
    }
    return [code for code, lacks in lacking.items() if lacks]


def difference(before: dict[str, object], after: dict[str, object]) -> Change:
    """Return what differs between two sets of values with the same names."""
    changed = [name for name in after if before.get(name) != after[name]]
    return Change({name: before.get(name) for name in changed}, {name: after[name] for name in changed})
