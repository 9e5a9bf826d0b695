"""Which implementation stands behind each port in this process, chosen by the settings alone."""

from dataclasses import dataclass

from app.config import Settings
from app.integrations.chain import live as live_chain
from app.integrations.chain.keys import Keystore
from app.integrations.chain.port import Chain, Keys
from app.integrations.mail.live import ResendMailer, SmtpMailer
from app.integrations.mail.memory import MemoryMailer
from app.integrations.mail.port import Mailer


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The outside world of one process."""

    mail: Mailer
    chain: Chain
    keys: Keys


def ports(settings: Settings) -> Ports:
    """Return the live ports that `settings` ask for."""
    return Ports(
        mail=_mailer(settings),
        chain=live_chain.connect(settings.rpc_url, chain_id=settings.chain_id),
        keys=Keystore(
            settings.keys,
            password_file=settings.home / "secrets" / "keystore.password",
            demo_secret=settings.secret_key,
        ),
    )


def _mailer(settings: Settings) -> Mailer:
    if settings.mail == "smtp":
        return SmtpMailer(settings.smtp_url)
    if settings.mail == "resend":
        return ResendMailer(settings.resend_key)
    return MemoryMailer()  # "outbox": the local page shows the mails
