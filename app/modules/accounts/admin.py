"""The back office's people: list, invite, give and take roles, suspend."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import NotFound
from app.core.pagination import Page
from app.core.permissions import Role
from app.modules.accounts import errors, queries, service
from app.modules.accounts.forms import ROLES, InviteForm, ReasonForm, text
from app.modules.accounts.forms_factors import EntranceForm
from app.modules.accounts.forms_words import changes
from app.modules.accounts.permissions import POLICY, Perm
from app.modules.audit import service as audit
from app.modules.factors import service as factors
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("people", __name__, url_prefix="/manage/people")
SHOWN_CHANGES = 20


@pages.get("")
@requires(Perm.MANAGE_PEOPLE, POLICY)
def index() -> ResponseReturnValue:
    """List people, searched and filtered."""
    search, role = request.args.get("q", "").strip()[:100], request.args.get("role", "")
    wanted = role if role in {known.value for known in Role} else ""
    part = Page.numbered(request.args.get("page", 1, type=int), limit=25)
    counts = queries.role_counts(current.session)
    return page(
        "accounts/people.html",
        people=queries.people(current.session, search=search, role=wanted, page=part),
        roles={known: ROLES[known] for known in _roles_here()},
        role_choices=[
            ("", _("All roles")),
            *((known.value, f"{ROLES[known]} ({counts.get(known.value, 0)})") for known in _roles_here()),
        ],
        search=search,
        role=wanted,
        page_url=lambda number: url_for("people.index", q=search or None, role=wanted or None, page=number),
    )


@pages.get("/invite")
@requires(Perm.MANAGE_PEOPLE, POLICY)
def invite() -> ResponseReturnValue:
    """Show the form that invites somebody."""
    return page("accounts/invite.html", form=InviteForm(formdata=None, roles=_roles_here()))


@pages.post("/invite")
@requires(Perm.MANAGE_PEOPLE, POLICY)
@fresh
def send_invite() -> ResponseReturnValue:
    """Invite somebody; a mail tells them how to begin."""
    form = InviteForm(roles=_roles_here())
    if not form.validate():
        return page("accounts/invite.html", form=form), 422
    name, email, role = text(form.name), text(form.email), Role(form.role.data)
    try:
        who = service.invite(
            current.session, actor=current.actor, email=email, name=name, roles=[role], now=current.now
        )
    except errors.EmailTaken:
        form.email.errors = [_("Somebody with this address has an account. Find them in the list and add the role.")]
        return page("accounts/invite.html", form=form), 422
    flash(_("%(name)s is invited. The link in the mail works for 72 hours.", name=who.name), "ok")
    return redirect(url_for("people.show", user_id=who.id), 303)


@pages.get("/invitations")
@requires(Perm.MANAGE_PEOPLE, POLICY)
def invitations() -> ResponseReturnValue:
    """List the invitations that nobody has answered yet."""
    return page("accounts/invitations.html", invitations=queries.invitations(current.session), roles=ROLES)


@pages.post("/<uuid:user_id>/invitation/<any(resend, withdraw):act>")
@requires(Perm.MANAGE_PEOPLE, POLICY)
@fresh
def change_invitation(user_id: UUID, act: str) -> ResponseReturnValue:
    """Mail an invitation again, or take it back."""
    verb = service.resend if act == "resend" else service.withdraw
    who = verb(current.session, actor=current.actor, user_id=user_id, now=current.now)
    said = {
        "resend": _("A new link is on its way to %(name)s. The one before no longer works.", name=who.name),
        "withdraw": _("The invitation of %(name)s is withdrawn. Its link no longer works.", name=who.name),
    }
    flash(said[act], "ok")
    return redirect(url_for("people.invitations"), 303)


@pages.get("/entrance")
@requires(Perm.MANAGE_PEOPLE, POLICY)
def entrance() -> ResponseReturnValue:
    """Show what the site asks of people who sign in."""
    chosen = current.site.settings
    form = EntranceForm(data={"idle": str(chosen.idle_minutes)}, formdata=None)
    return _entrance(form, list(chosen.second_factor_roles))


@pages.post("/entrance")
@requires(Perm.MANAGE_PEOPLE, POLICY)
@fresh
def save_entrance() -> ResponseReturnValue:
    """Change what the site asks of people who sign in."""
    form = EntranceForm()
    here = {role.value for role in _roles_here()}
    roles = [role for role in request.form.getlist("roles") if role in here]
    if not form.validate():
        return _entrance(form, roles), 422
    service.change_entrance(
        current.session, actor=current.actor, roles=roles, idle_minutes=int(form.idle.data), now=current.now
    )
    flash(_("The rules for signing in are saved."), "ok")
    return redirect(url_for("people.entrance"), 303)


@pages.get("/<uuid:user_id>")
@requires(Perm.MANAGE_PEOPLE, POLICY)
def show(user_id: UUID) -> ResponseReturnValue:
    """Show one person with their roles."""
    return _person(user_id, ReasonForm(formdata=None))


@pages.post("/<uuid:user_id>/roles/<role>/<any(grant, revoke):act>")
@requires(Perm.MANAGE_PEOPLE, POLICY)
@fresh
def change_role(user_id: UUID, role: str, act: str) -> ResponseReturnValue:
    """Give or take one role."""
    if role not in {known.value for known in _roles_here()}:
        raise NotFound
    verb = service.grant if act == "grant" else service.revoke
    verb(current.session, actor=current.actor, user_id=user_id, role=Role(role), now=current.now)
    flash(_("The roles are changed."), "ok")
    return redirect(url_for("people.show", user_id=user_id), 303)


@pages.post("/<uuid:user_id>/suspend")
@requires(Perm.MANAGE_PEOPLE, POLICY)
def suspend(user_id: UUID) -> ResponseReturnValue:
    """Keep somebody out."""
    form = ReasonForm()
    if not form.validate():
        return _person(user_id, form), 422
    service.suspend(current.session, actor=current.actor, user_id=user_id, reason=text(form.reason), now=current.now)
    flash(_("The account is suspended and every session has ended."), "ok")
    return redirect(url_for("people.show", user_id=user_id), 303)


@pages.post("/<uuid:user_id>/reactivate")
@requires(Perm.MANAGE_PEOPLE, POLICY)
def reactivate(user_id: UUID) -> ResponseReturnValue:
    """Let somebody in again."""
    service.reactivate(current.session, actor=current.actor, user_id=user_id, now=current.now)
    flash(_("The account is active again."), "ok")
    return redirect(url_for("people.show", user_id=user_id), 303)


@pages.post("/<uuid:user_id>/reset-factors")
@requires(Perm.MANAGE_PEOPLE, POLICY)
@fresh
def reset_factors(user_id: UUID) -> ResponseReturnValue:
    """Forget the second factors of somebody who lost them."""
    service.reset_factors(current.session, actor=current.actor, user_id=user_id, now=current.now)
    flash(_("The second factors are reset and every session has ended."), "ok")
    return redirect(url_for("people.show", user_id=user_id), 303)


def _entrance(form: EntranceForm, chosen: list[str]) -> str:
    roles = [(role.value, ROLES[role], role.value in chosen) for role in _roles_here()]
    return page("accounts/entrance.html", form=form, roles=roles)


def _person(user_id: UUID, form: ReasonForm) -> str:
    who = service.person(current.session, user_id)
    return page(
        "accounts/person.html",
        who=who,
        form=form,
        roles={known: ROLES[known] for known in _roles_here()},
        is_self=who.id == current.actor.user_id,
        sessions=queries.sessions_of(current.session, user_id),
        held=factors.held(current.session, user_id),
        changes=_changes(user_id),
    )


def _changes(user_id: UUID) -> list[tuple[datetime, str, str, str]]:
    """Return what was done about the account and its roles lately: when, what, about which role, by whom."""
    words, roles = changes(), {role.value: str(label) for role, label in ROLES.items()}
    done = audit.about(current.session, "user", user_id, limit=200)
    told = [
        (
            entry.at,
            words[entry.action],
            roles.get(str((entry.after or entry.before or {}).get("role")), ""),
            entry.actor_name,
        )
        for entry in done
        if entry.action in words
    ]
    return told[:SHOWN_CHANGES]


def _roles_here() -> list[Role]:
    """Return the roles that this site knows: the installation's own site has operators alone."""
    if current.site.is_installation:
        return [Role.SUPER_ADMIN]
    return [Role.INVESTOR, Role.ISSUER, Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN]
