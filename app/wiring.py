"""Which implementation stands behind each port in this process, chosen by the settings alone."""

from dataclasses import dataclass

from app.config import Settings
from app.core.limits import Counter, InDatabase
from app.integrations.chain import wire as chain
from app.integrations.chain.port import Chain, Keys
from app.integrations.egress import wire as egress
from app.integrations.egress.port import Egress
from app.integrations.limits.live import InValkey
from app.integrations.mail.live import ResendMailer, SmtpMailer
from app.integrations.mail.memory import MemoryMailer
from app.integrations.mail.port import Mailer


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The outside world of one process."""

    mail: Mailer
    chain: Chain
    keys: Keys
    egress: Egress


def ports(settings: Settings) -> Ports:
    """Return the live ports that `settings` ask for."""
    onchain = chain.ports(settings)
    return Ports(mail=_mailer(settings), chain=onchain.chain, keys=onchain.keys, egress=egress.egress(settings))


def counter(settings: Settings) -> Counter:
    """Return where this installation counts requests: in the database, or at the URL that is set."""
    return InValkey(settings.limits_url) if settings.limits_url else InDatabase()


def _mailer(settings: Settings) -> Mailer:
    if settings.mail == "smtp":
        return SmtpMailer(settings.smtp_url)
    if settings.mail == "resend":
        return ResendMailer(settings.resend_key)
    return MemoryMailer()  # "outbox": the local page shows the mails
