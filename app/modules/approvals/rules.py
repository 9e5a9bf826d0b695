"""Which deeds need two people, and how long a request stands. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

LASTS = timedelta(hours=72)
REASON_LENGTH = 500


@dataclass(frozen=True)
class Kind:
    """A deed of two people: what it is called, and what happens once the second one agrees."""

    title: LazyString
    effect: LazyString


KINDS: dict[str, Kind] = {
    "payouts.resume": Kind(
        title=_l("Let payouts go on"),
        effect=_l("Releases to deals and payments to issuers are sent again. The differences below count as settled."),
    ),
    "chain.unfreeze": Kind(
        title=_l("End the freeze of the chain"),
        effect=_l("The alarm is cleared and transactions are sent again on this chain, for all sites."),
    ),
}
