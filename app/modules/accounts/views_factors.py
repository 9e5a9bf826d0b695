"""What the pages of second factors share: at the entrance and in a person's account."""

import segno
from flask_babel import gettext as _
from markupsafe import Markup

from app.core.permissions import Actor
from app.modules.accounts import service
from app.modules.accounts.forms import text
from app.modules.accounts.forms_factors import PasskeyForm
from app.modules.accounts.views_session import relying
from app.modules.factors import service as factors
from app.modules.factors.errors import WrongPasskey
from app.web.current import current


def app_picture(secret: str, email: str) -> Markup:
    """Return the picture that an app reads, as SVG without a style; dark on white, whatever the page is."""
    uri = factors.app_uri(secret, email=email, issuer=current.site.name)
    drawn = segno.make(uri, error="m").svg_inline(
        scale=4, dark="#000", light="#fff", border=3, svgclass=None, title=str(_("A picture for your app"))
    )
    return Markup(drawn.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704  # drawn here


def new_key(form: PasskeyForm, actor: Actor) -> list[str] | None:
    """Keep the passkey of a valid form; return recovery codes if it is the first factor, None if it was refused."""
    try:
        return service.add_key(
            current.session,
            actor=actor,
            answer=form.answer.data or "",
            name=text(form.name),
            site=relying(),
            now=current.now,
        )
    except WrongPasskey:
        form.name.errors = [_("No passkey was made. Press the button again and follow your device.")]
        return None


def code_problem() -> str:
    """Return what to say about a wrong code."""
    return str(_("This code isn’t right, or it was used before. Wait for the next one and type it again."))


def key_problem() -> str:
    """Return what to say about a refused passkey."""
    return str(_("This passkey wasn’t accepted here. Try it again, or use another way."))
