"""The words of a mail, made when they are needed: in its reader's language, in the site's look, with its link."""

from dataclasses import dataclass

from flask_babel import force_locale, gettext

from app.config import Settings
from app.modules.accounts import service as accounts
from app.modules.notifications import rules
from app.modules.notifications.models import Mail
from app.web import mail_look
from tenants import context
from tenants.service import Site


@dataclass(frozen=True)
class Written:
    """A mail's subject, its plain and its rich form, and the address of its one button (empty: no button)."""

    subject: str
    text: str
    html: str
    paragraphs: list[str]
    action: str
    url: str


def written(mail: Mail, *, site: Site, settings: Settings) -> Written:
    """Return the mail in words. Needs an application context; changes nothing."""
    kind = rules.KINDS[mail.kind]
    with context.using(site.id), force_locale(mail.locale):
        subject = rules.filled(gettext(kind.subject), mail.words)
        paragraphs = [rules.filled(gettext(text), mail.words) for text in kind.body]
        action = gettext(kind.action) if kind.action else ""
        url = settings.url(site.host, _path(mail, settings)) if action else ""
        why = _why(kind, site)
        html = mail_look.message(
            site, heading=subject, paragraphs=paragraphs, why=why, action=action, url=url, preview=paragraphs[0]
        )
    button = f"\n\n{action}:\n{url}" if url else ""
    text = "\n\n".join(paragraphs) + button + f"\n\n-- \n{site.name}\n{why}\n"
    return Written(subject, text, html, paragraphs, action, url)


def _path(mail: Mail, settings: Settings) -> str:
    if mail.token_kind is not None and mail.token_id is not None:
        return accounts.link_for(mail.token_kind, mail.token_id, settings.secret_key)
    return mail.url or "/"


def _why(kind: rules.Kind, site: Site) -> str:
    if kind.abroad:
        return str(gettext("You get this mail because somebody gave your address at %(site)s.", site=site.name))
    if kind.always:
        return str(gettext("You get this mail because it concerns your account at %(site)s.", site=site.name))
    return str(gettext("You get this mail as a member of %(site)s. Choose there what reaches you.", site=site.name))
