"""Which role may do what on this site, drawn from the tables that decide it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.modules.accounts import service as accounts
from app.modules.accounts.permissions import POLICY, Perm
from app.modules.console import rules_roles as rules
from app.web.access import requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("roles", __name__, url_prefix="/manage/roles")


@pages.get("")
@requires(Perm.MANAGE_PEOPLE, POLICY)
def index() -> ResponseReturnValue:
    """Show every permission with the roles that have it."""
    return page(
        "console/roles.html",
        areas=rules.table(),
        roles=[(role, _(words)) for role, words in rules.HERE.items()],
        counts=accounts.role_counts(current.session),
    )
