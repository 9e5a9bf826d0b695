"""Work on the outside world: mails leave here."""

from uuid import UUID

from flask import current_app

from app.core.tasks import TaskContext
from app.integrations.mail.port import Message
from app.modules.notifications import service_mail
from app.modules.notifications.models import Mail


def send_mail(context: TaskContext, *, message_id: str) -> None:
    """Send a mail once it is due, and note that it went. Where mail is "outbox", only the local page shows it."""
    with context.session() as session:
        mail = session.get_one(Mail, (context.tenant_id, UUID(message_id)))
    if mail.state == "sent":
        return
    reference = "outbox"
    if context.settings.mail != "outbox":
        reference = context.ports.mail.send(_message(context, mail))
    with context.session() as session:
        kept = session.get_one(Mail, (context.tenant_id, mail.id), with_for_update=True)
        kept.state, kept.reference, kept.sent_at = "sent", reference, context.now()


def _message(context: TaskContext, mail: Mail) -> Message:
    # The worker runs inside the web application's context, for its templates and catalogues; each job gets its own.
    with current_app.app_context():
        words = service_mail.written(mail, site=context.site, settings=context.settings)
    return Message(
        id=str(mail.id),
        sender=context.settings.mail_from,
        sender_name=context.site.name,
        reply_to=str(context.site.settings.contact_email),
        to=mail.address,
        subject=words.subject,
        text=words.text,
        html=words.html,
    )
