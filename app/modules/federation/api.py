"""Where providers say that they have ended somebody's session (OpenID Connect Back-Channel Logout 1.0)."""

from flask import Blueprint
from pydantic import BaseModel, ConfigDict

from app.core.errors import NotFound
from app.modules.federation import service
from app.modules.federation.errors import LogoutRefused, UnknownProvider
from app.web.access import bare
from app.web.current import current
from app.web.operations import Done, operation
from tenants.session import tenant_session

api = Blueprint("federation_api", __name__)


class LogoutForm(BaseModel):
    """What a provider sends; names it adds aren't looked at."""

    model_config = ConfigDict(extra="ignore")

    logout_token: str = ""


@api.post("/api/sign-in/<slug>/backchannel-logout")
@operation(
    summary="Say that a provider has signed somebody out",
    form=LogoutForm,
    answer=Done,
    problems=[LogoutRefused, UnknownProvider],
    anonymous=True,
)
@bare
def logout(slug: str, sent: LogoutForm) -> Done:
    """Take a provider's logout token and end the sessions that it names; each token once.

    The provider that signs in by the site's address `/sign-in/<slug>` is meant. Sessions that have ended already are
    no error.
    """
    if current.site.is_installation:
        raise NotFound
    with tenant_session(current.site.id) as session:
        service.obey(session, slug=slug, token=sent.logout_token, now=current.now)
    return Done()
