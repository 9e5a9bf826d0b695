"""A person's wallets, and signing in by one. Each step is a form; the wallet script sends the same steps as JSON."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.errors import AppError
from app.modules.accounts import errors as accounts_errors
from app.modules.accounts import service as accounts
from app.modules.wallets import queries, rules, service
from app.modules.wallets.errors import ChallengeOver, NotAnAddress, SignatureWrong, WalletTaken, WalletUnknown
from app.modules.wallets.forms import AddressForm, ButtonForm, LabelForm, SignatureForm
from app.modules.wallets.models import Challenge
from app.modules.wallets.service import Place
from app.web import entering
from app.web.access import fresh, public, signed_in
from app.web.current import current
from app.web.i18n import local_path
from app.web.problems import said
from app.web.theming import page
from app.web.ways import Way
from tenants.service import Site

pages = Blueprint("wallets", __name__, url_prefix="/account/wallets")
entrance = Blueprint("wallet_entrance", __name__, url_prefix="/wallet")


def ways(session: Session, _site: Site) -> Sequence[Way]:
    """Return the way to sign in by a wallet, where anybody here has linked one."""
    if not queries.any_linked(session):
        return []
    goal = local_path(request.args.get("next"))
    return [Way(label=_("Continue with a wallet"), url=url_for("wallet_entrance.ask", next=goal), icon="wallet")]


@pages.get("")
@signed_in
def index() -> ResponseReturnValue:
    """List the person's wallets, and offer to add one."""
    return _list(AddressForm(formdata=None))


@pages.post("")
@signed_in
def begin() -> ResponseReturnValue:
    """Write the message by which the person shows that a wallet is theirs."""
    return _asked(rules.LINK, "")


@pages.post("/add/<uuid:challenge_id>")
@signed_in
@fresh
def add(challenge_id: UUID) -> ResponseReturnValue:
    """Add the wallet that was proved."""
    try:
        service.link(
            current.session,
            actor=current.actor,
            challenge_id=challenge_id,
            browser=entering.known_browser(),
            now=current.now,
        )
    except (ChallengeOver, WalletTaken) as refused:
        return page("wallets/over.html", problem=said(refused)), refused.status
    flash(_("The wallet is yours to pay from and to sign in by."), "ok")
    return redirect(url_for("wallets.index"), 303)


@pages.post("/<uuid:wallet_id>/default")
@signed_in
@fresh
def make_default(wallet_id: UUID) -> ResponseReturnValue:
    """Offer this wallet first from now on."""
    service.make_default(current.session, actor=current.actor, wallet_id=wallet_id, now=current.now)
    flash(_("This wallet is offered first from now on."), "ok")
    return redirect(url_for("wallets.index"), 303)


@pages.post("/<uuid:wallet_id>/name")
@signed_in
def name(wallet_id: UUID) -> ResponseReturnValue:
    """Give a wallet a name."""
    form = LabelForm()
    if not form.validate():
        return _list(AddressForm(formdata=None), problem=str(form.label.errors[0])), 422
    service.name(current.session, actor=current.actor, wallet_id=wallet_id, label=form.label.data or "")
    flash(_("The name is saved."), "ok")
    return redirect(url_for("wallets.index"), 303)


@pages.post("/<uuid:wallet_id>/remove")
@signed_in
@fresh
def remove(wallet_id: UUID) -> ResponseReturnValue:
    """Remove a wallet from the account."""
    service.unlink(current.session, actor=current.actor, wallet_id=wallet_id, now=current.now)
    flash(_("The wallet is removed. Money and tokens in it are untouched."), "ok")
    return redirect(url_for("wallets.index"), 303)


@entrance.get("")
@public
def ask() -> ResponseReturnValue:
    """Ask which wallet somebody signs in by."""
    goal = local_path(request.args.get("next"))
    return page("wallets/sign_in.html", form=AddressForm(formdata=None, data={"next": goal}), problem="")


@entrance.post("")
@public
def begin_entrance() -> ResponseReturnValue:
    """Write the message by which somebody shows that a wallet is theirs, whether anybody here has it or not."""
    goal = (request.get_json(silent=True) or {}).get("next") if request.is_json else request.form.get("next")
    return _asked(rules.SIGN_IN, local_path(str(goal or "/")))


@entrance.get("/<uuid:challenge_id>")
@public
def show(challenge_id: UUID) -> ResponseReturnValue:
    """Show the message to sign, or how far its check is; the page loads itself again while a contract is asked."""
    try:
        challenge = _challenge(challenge_id)
    except ChallengeOver as over:
        return page("wallets/over.html", problem=said(over)), 404
    return _message_page(challenge, SignatureForm(formdata=None))


@entrance.post("/<uuid:challenge_id>")
@public
def sign(challenge_id: UUID) -> ResponseReturnValue:
    """Take the signature: as JSON from the wallet script, else as a form."""
    sent = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    values = sent if isinstance(sent, dict) else {}
    try:
        challenge = service.answer(
            current.session,
            challenge_id=challenge_id,
            browser=entering.known_browser(),
            signature=str(values.get("signature", "")),
            message=str(values["message"]) if values.get("message") is not None else None,
            now=current.now,
        )
    except (ChallengeOver, SignatureWrong) as refused:
        return _not_signed(challenge_id, refused)
    if request.is_json:
        return jsonify(next=url_for("wallet_entrance.show", challenge_id=challenge.id))
    return redirect(url_for("wallet_entrance.show", challenge_id=challenge.id), 303)


@entrance.post("/<uuid:challenge_id>/finish")
@public
def finish(challenge_id: UUID) -> ResponseReturnValue:
    """Let in the person whose wallet was proved."""
    try:
        entered, goal = service.enter(
            current.session,
            challenge_id=challenge_id,
            browser=entering.known_browser(),
            remote=current.actor.remote,
            agent=request.user_agent.string,
            replaces=accounts.token_of(request.cookies, secure=current.settings.secure),
            now=current.now,
        )
    except ChallengeOver as over:
        return page("wallets/over.html", problem=said(over)), 404
    except (WalletUnknown, accounts_errors.AccountSuspended) as refused:
        return page("wallets/over.html", problem=said(refused)), refused.status
    cookie = accounts.cookie_name(secure=current.settings.secure)
    return entering.handed_over(entered.way(goal), cookie=cookie, token=entered.token, locale=entered.who.locale)


def _asked(purpose: str, goal: str) -> ResponseReturnValue:
    """Write a message and lead to it; or say what is wrong with the address, where it was typed."""
    form, browser = AddressForm(), entering.browser_secret()
    sent = request.get_json(silent=True) if request.is_json else None
    typed = str((sent if isinstance(sent, dict) else {}).get("address", "")) if request.is_json else form.address.data
    try:
        challenge = service.ask(
            current.session,
            actor=current.actor,
            purpose=purpose,
            address=typed or "",
            browser=browser,
            place=_place(),
            goal=goal,
            now=current.now,
        )
    except NotAnAddress as refused:
        return _told(refused) if request.is_json else (_typed_again(purpose, form, refused), 422)
    there = url_for("wallet_entrance.show", challenge_id=challenge.id)
    answer = jsonify(message=challenge.message, answer=there) if request.is_json else redirect(there, 303)
    return entering.remember(answer, browser)


def _not_signed(challenge_id: UUID, refused: AppError) -> ResponseReturnValue:
    if request.is_json:
        return _told(refused)
    if isinstance(refused, ChallengeOver):
        return page("wallets/over.html", problem=said(refused)), 404
    form = SignatureForm()
    form.signature.errors = [said(refused)]
    return _message_page(_challenge(challenge_id), form), 422


def _told(refused: AppError) -> ResponseReturnValue:
    """Tell the wallet script what is wrong, in words that it shows."""
    return jsonify(detail=said(refused)), refused.status


def _typed_again(purpose: str, form: AddressForm, refused: AppError) -> str:
    form.address.errors = [said(refused)]
    return _list(form) if purpose == rules.LINK else page("wallets/sign_in.html", form=form, problem="")


def _list(form: AddressForm, *, problem: str = "") -> str:
    mine = queries.wallets_of(current.session, current.actor.require_id())
    return page("wallets/index.html", wallets=mine, form=form, label=LabelForm(formdata=None), problem=problem)


def _message_page(challenge: Challenge, form: SignatureForm) -> str:
    trouble = _(challenge.trouble) if challenge.trouble else ""  # here, since a template would take it for markup
    return page("wallets/message.html", challenge=challenge, form=form, done=ButtonForm(formdata=None), trouble=trouble)


def _challenge(challenge_id: UUID) -> Challenge:
    return queries.challenge(current.session, challenge_id, service.digest(entering.known_browser()), current.now)


def _place() -> Place:
    """Return where messages are for: the host that was asked."""
    return Place.at(request.host, scheme=current.settings.scheme, chain_id=current.site.settings.chain_id)
