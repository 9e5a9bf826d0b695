"""A site with one of everything, and the addresses of all its pages, for tests that look at every page there is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.core import clock
from app.core.permissions import Actor, Role
from app.integrations.chain.contracts import TenantFactory
from app.modules.accounts import service as accounts
from app.modules.accounts.models import UserSession
from app.modules.accounts.rules import Stage
from app.modules.chain import service as chain
from app.modules.chain import tasks_contracts
from app.modules.chain.models import ChainTransaction
from app.modules.chain.rules import Offer
from app.modules.compliance import service as compliance
from app.modules.compliance.models import CaseDocument
from app.modules.deals import service as deals
from app.modules.deals.service import InvestableDeal
from app.modules.escrow import service_reconciling
from app.modules.investments import service as investments
from app.modules.ledger.service import Difference
from app.modules.notifications.models import Mail, Notice
from app.modules.profiles import service as profiles
from app.modules.webhooks import service as webhooks
from tenants import ids
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.files import jpeg, pdf
from tests.functional.verification import ABOUT, ADDRESS
from tests.support import dealing
from tests.support.desk import Desk
from tests.support.entering import others_sign_in
from tests.support.investing import PASSWORD, answered, person, pledge

NOBODY = ""
WAITING = {"mona, half in": Stage.SECOND, "mona, enrolling": Stage.ENROL}  # at the entrance, see accounts.waiting

# Addresses that answer with something else than a page, and why.
NO_PAGES = {
    "assets.serve": "files",
    "probes.live": "for what starts processes",
    "probes.ready": "for what starts processes",
    "theme.sheet": "a style sheet",
    "theme.favicon": "a picture",
    "plates.show": "a picture",
    "preferences.choose_look": "sets a cookie and leads back",
    "deals.document": "a download",
    "documents.download": "a download",
    "compliance_admin.look": "a picture",
    "metrics.show": "figures for Prometheus",
    "federation.begin": "leads to a provider",
    "audit.export": "a table as a file",
    "audit.export_json": "a file",
    "audit.export_sealed": "a file",
    "portfolio.table": "a table as a file",
    "notifications.follow": "leads to what the notice is about",
}


@dataclass(frozen=True)
class Address:
    """A page: which rule of the map it is an example of, where it is, and who looks at it (nobody: a visitor)."""

    endpoint: str
    path: str
    who: str
    main: bool = False
    fragment: bool = False
    status: int = 200


@dataclass
class Sample:
    """The site, the installation's console, who can look at them, and where."""

    site: Site
    console: Site
    people: dict[str, UUID] = field(default_factory=dict)
    things: dict[str, UUID] = field(default_factory=dict)  # by the name a rule of the map gives them
    slug: str = ""
    addresses: list[Address] = field(default_factory=list)

    def host(self, who: str) -> str:
        return self.console.host if who == "sam" else self.site.host

    def token(self, who: str) -> str:
        """Return a fresh session of somebody."""
        with tenant_session(self.console.id if who == "sam" else self.site.id) as session:
            stage, now = WAITING.get(who, Stage.FULL), clock.now()
            token = accounts.open_session(session, user_id=self.people[who], remote="127.0.0.1", stage=stage, now=now)[
                0
            ]
            later = update(UserSession).where(UserSession.user_id == self.people[who])  # the run may take long
            session.execute(later.values(proved_at=now + timedelta(hours=1)))
            return token


def build(desk: Desk, console: Site, secret_key: str) -> Sample:
    """Fill the desk's site with one of everything and return it with every page's address."""
    sample, now = Sample(desk.site, console), clock.now()
    with desk.session() as session:
        irene = person(session, desk.site, "irene", now=now, role=Role.ISSUER)
        otto = person(session, desk.site, "otto", now=now, role=Role.TENANT_ADMIN)
        carol = person(session, desk.site, "carol", now=now, role=Role.COMPLIANCE_OFFICER)
        alice, ben, eva, mona = (
            person(session, desk.site, name, now=now, verified=False) for name in ("alice", "ben", "eva", "mona")
        )
        ada = person(session, desk.site, "ada", now=now)
    with tenant_session(console.id) as session:
        sam = person(session, console, "sam", now=now, role=Role.SUPER_ADMIN, verified=False)
    cast = {
        "irene": irene,
        "otto": otto,
        "carol": carol,
        "alice": alice,
        "ben": ben,
        "eva": eva,
        "ada": ada,
        "mona": mona,
        "sam": sam,
    }
    sample.people = {name: actor.require_id() for name, actor in cast.items()}
    sample.people |= {who: mona.require_id() for who in WAITING}

    open_deal, euro = _deal(desk, irene), dealing.euro_of(desk)
    drafts = [
        dealing.opened(desk.site, irene, "fund", title="Willow Fund", asset=euro),
        dealing.opened(desk.site, irene, "equity", title="Tide B.V.", asset=euro),
    ]
    draft_id = dealing.drafted(desk.site, irene, "revenue_share", title="A draft", asset=euro)
    submitted_id = _submitted_twice(desk, irene, otto)
    case_id = _case(desk, alice)
    _case(desk, eva, send=False)
    held = _paid(desk, alice, open_deal)
    done = _paid(desk, ada, open_deal)
    desk.settle()
    with desk.session() as session:
        compliance.begin(session, actor=ben, level="accredited", now=now)
        pledged = pledge(session, ada, answered(session, ada, drafts[0].id, now=now), now=now).id
        draft = answered(session, ada, drafts[1].id, now=now).id
        links = _links(session, mona, otto, secret_key)
        looked = session.scalars(select(CaseDocument.document_id).where(CaseDocument.case_id == case_id)).first()
    desk.settle()
    with desk.session() as session:
        notice = session.scalars(select(Notice.id).where(Notice.user_id == ada.user_id)).first()
        mail = session.scalars(select(Mail.id)).first()
        hook = webhooks.add(
            session, actor=otto, url="https://hooks.example.com/", kinds=["deal.opened"], secret_key=secret_key,
            check=lambda _url: None, now=now,
        ).endpoint  # fmt: skip
        told = webhooks.send_one(session, hook, "webhook.test", {"says": "It works."}, now=now)
        stuck = stuck_transaction(session, desk, now)
        batches = [batch(session, desk, now, failed=failed) for failed in (False, True)]
        asked = _standing_payouts(session, otto, now)
        company = _company(session, ada, secret_key, now)
    assert looked, notice
    tasks_contracts.refresh(desk.context)
    sample.slug, sample.things = open_deal.slug, {
        "deal_id": open_deal.id, "investment_id": held, "case_id": case_id, "user_id": ada.require_id(),
        "document_id": looked, "notice_id": notice, "mail_id": mail or ids.new(),
        "endpoint_id": hook.id, "delivery_id": told.id, "intent_id": stuck, "approval_id": asked, "profile_id": company,
    }  # fmt: skip
    with desk.session() as session:
        sample.things |= others_sign_in(session, ada.require_id())
    provider_id, issuer_id = sample.things["provider_id"], sample.things["issuer_id"]
    sample.addresses = [
        Address("federation_admin.show", f"/manage/sign-in/providers/{provider_id}", "otto"),
        Address("federation_admin.show_issuer", f"/manage/sign-in/issuers/{issuer_id}", "otto"),
        *_public(open_deal.slug, links, mail),
        *_investors(open_deal.slug, held, done, pledged, draft),
        Address("profiles.show", f"/account/profiles/{company}", "ada", main=True),
        *_issuers(open_deal.id, draft_id),
        Address("deal_investors.show", f"/issuer/deals/{open_deal.id}/investors/{held}", "irene", main=True),
        Address("deal_investors.show", f"/issuer/deals/{open_deal.id}/investors/{done}", "irene"),
        *_back_office(open_deal.id, submitted_id, case_id, held, ada.require_id()),
        *_webhooks(hook.id, told.id),
        *_transactions(stuck, batches),
        Address("approvals.show", f"/manage/approvals/{asked}", "carol"),
        Address("approvals.show", f"/manage/approvals/{asked}", "otto"),
        *_consoles(desk.site, sam.require_id()),
    ]
    return sample


def _company(session: Session, ada: Actor, secret_key: str, now: datetime) -> UUID:
    """Let ada say who she is, and invest for a company too; return its profile."""
    said = {"city": "Dubai", "country": "AE", "residences": [{"country": "AE", "reason": "not-issued"}]}
    ground: dict[str, Any] = {"actor": ada, "countries": {"AE"}, "secret_key": secret_key, "now": now}
    profiles.describe(session, values={"legal_name": "Ada Ben Salem", **said}, **ground)
    owners = [{"name": "Ada Ben Salem", "share": "62.5"}]
    company = {"name": "Salem Trading LLC", "number": "CN-1204", "country": "AE", "address": "Al Wasl Road 7, Dubai"}
    return profiles.add(session, kind="company", values={**company, "owners": owners}, **ground).id


def _standing_payouts(session: Session, otto: Actor, now: datetime) -> UUID:
    """Let payouts stand still over a difference, and have otto ask for a second person; return the request."""
    differences = [
        Difference(code="held", values={"asset": "EUR"}, booked=20_000_000_000, counted=19_999_999_999),
        Difference(code="state", values={"escrow": str(ids.new())}, booked=1, counted=2),
    ]
    service_reconciling.note(
        session, chain_id=31337, block=1204, journals=12, escrows=2, differences=differences, now=now
    )
    return service_reconciling.ask_to_resume(session, actor=otto, reason="A rounding error.", now=now).id


def _deal(desk: Desk, irene: Actor) -> InvestableDeal:
    deal, now = dealing.deployed(desk, irene), clock.now()
    with desk.session() as session:
        who: dict[str, Any] = {"actor": irene, "deal_id": deal.id, "now": now}
        deals.attach(
            session, name="sheet.pdf", content=pdf(), title="Information sheet", access="public", required=False, **who
        )
        deals.attach(
            session, name="file.pdf", content=pdf(), title="Valuation", access="verified", required=False, **who
        )
        deals.add_question(session, question="Who pays the tax?", answer="You do, where you live.", **who)
        deals.publish_update(session, title="Third floor let", body="A firm of surveyors moves in.\n\nIn May.", **who)
        return deals.for_investment(session, deal.id)


def _submitted_twice(desk: Desk, irene: Actor, otto: Actor) -> UUID:
    deal_id, now = (
        dealing.drafted(desk.site, irene, "token", title="Canal Token", asset=dealing.euro_of(desk)),
        clock.now(),
    )
    ground, who = dealing.ground(desk.site), {"deal_id": deal_id, "now": now}
    with desk.session() as session:
        deals.submit(session, actor=irene, ground=ground, **who)
        deals.request_changes(session, actor=otto, reason="Say who holds the keys.", checks=[], **who)
        deals.comment(session, actor=otto, body="The minimum looks low.", **who)
        form = {
            **deals.load(session, deal_id).form,
            "summary": "A token of a canal, held by three keys.",
            "soft_cap": "300,000",
        }
        deals.revise(session, actor=irene, form=form, ground=ground, **who)
        deals.submit(session, actor=irene, ground=ground, **who)
    return deal_id


def _case(desk: Desk, actor: Actor, *, send: bool = True) -> UUID:
    now = clock.now()
    with desk.session() as session:
        case = compliance.begin(session, actor=actor, level="standard", now=now)
        for step, values in (("about", ABOUT), ("address", ADDRESS)):
            compliance.declare(session, actor=actor, case_id=case.id, step=step, values=values)
        for step, kind in (("identity", "passport"), ("address", "utility_bill")):
            compliance.attach(
                session, actor=actor, case_id=case.id, step=step, kind=kind, name=f"{kind}.jpg", content=jpeg(), now=now
            )
        if send:
            compliance.submit(session, actor=actor, case_id=case.id, now=now)
        return case.id


def _paid(desk: Desk, actor: Actor, deal: InvestableDeal) -> UUID:
    now = clock.now()
    with desk.session() as session:
        made = pledge(session, actor, answered(session, actor, deal.id, now=now), now=now)
        investments.pay_with_demo_wallet(session, actor=actor, investment_id=made.id, settings=desk.settings, now=now)
        return made.id


def _links(session: Session, mona: Actor, otto: Actor, secret_key: str) -> dict[str, str]:
    now = clock.now()
    accounts.request_reset(session, email=mona.email, remote="127.0.0.1", now=now)
    invited = accounts.invite(session, actor=otto, email="nora@example.com", name="Nora", roles=[Role.ISSUER], now=now)
    new = accounts.create_user(session, email="new@example.com", name="New", password=PASSWORD, verified=False, now=now)
    holders = {"verify": new.id, "reset": mona.require_id(), "invite": invited.id}
    holders |= {"email": mona.require_id(), "keep-email": mona.require_id()}
    return {
        kind: accounts.link_for(kind, accounts.new_link(session, user_id, kind, now), secret_key)
        for kind, user_id in holders.items()
    }


def _public(slug: str, links: dict[str, str], mail: UUID | None) -> list[Address]:
    tabs = ("terms", "team", "documents", "risks", "questions", "updates")
    return [
        Address("front.home", "/", NOBODY, main=True),
        Address("deals.index", "/deals", NOBODY, main=True),
        Address("deals.index", "/deals?q=nothing-like-it", NOBODY),
        Address("deals.show", "/deals/never-was", NOBODY, status=404),
        Address("deals.show", f"/deals/{slug}", NOBODY, main=True),
        *[Address("deals.show", f"/deals/{slug}/{tab}", NOBODY) for tab in tabs],
        Address("deals.progress", f"/deals/{slug}/progress", NOBODY, fragment=True),
        Address("accounts.register", "/register", NOBODY, main=True),
        Address("accounts.login", "/login", NOBODY, main=True),
        Address("federation.come_back", "/sign-in/acme-id/return?code=x&state=y", NOBODY, status=422),
        Address("federation.arrived", "/sign-in/arrived", NOBODY, status=422),
        Address("federation.leaving", "/sign-in/leaving", NOBODY),
        Address("federation.left", "/sign-in/acme-id/signed-out?state=x", NOBODY),
        Address("wallet_entrance.ask", "/wallet", NOBODY, main=True),
        Address("wallet_entrance.show", f"/wallet/{ids.new()}", NOBODY, status=404),
        Address("accounts.check_mail", "/verify", NOBODY),
        Address("accounts.confirm", links["verify"], NOBODY),
        Address("accounts.confirm", "/verify/never-was", NOBODY, status=404),
        Address("accounts.forgot", "/forgot", NOBODY),
        Address("accounts.reset", links["reset"], NOBODY),
        Address("accounts.invitation", links["invite"], NOBODY),
        Address("email.confirm", links["email"], NOBODY),
        Address("email.keep", links["keep-email"], NOBODY),
        Address("legal.terms", "/legal/terms", NOBODY),
        Address("legal.privacy", "/legal/privacy", NOBODY),
        Address("outbox.mails", "/outbox", NOBODY),
        Address("outbox.mail", f"/outbox/{mail}", NOBODY),
    ]


def _investors(slug: str, held: UUID, done: UUID, pledged: UUID, draft: UUID) -> list[Address]:
    steps = ("eligibility", "amount", "investor", "risks", "documents", "review")
    parts = ("about", "identity", "address", "funds", "standing")
    return [
        Address("deals.show", f"/deals/{slug}", "ada"),
        Address("portfolio.index", "/portfolio", "ada", main=True),
        Address("portfolio.index", "/portfolio", "mona"),
        Address("portfolio.show", f"/investments/{held}", "alice", main=True),
        Address("portfolio.show", f"/investments/{done}", "ada"),
        Address("portfolio.live", f"/investments/{held}/live", "alice", fragment=True),
        Address("portfolio.receipt", f"/investments/{done}/receipt", "ada"),
        Address("investments.start", f"/invest/{slug}", "mona"),
        *[Address("investments.ask", f"/investments/{draft}/{step}", "ada", main=step == "amount") for step in steps],
        Address("investment_payment.choose", f"/investments/{pledged}/payment", "ada", main=True),
        Address("compliance.index", "/verification", "alice"),
        Address("compliance.index", "/verification", "ben"),
        Address("compliance.index", "/verification", "mona"),
        *[Address("compliance.step", f"/verification/{part}", "ben") for part in parts],
        Address("compliance.review", "/verification/review", "eva"),
        Address("notifications.index", "/notifications", "ada"),
        Address("notifications.index", "/notifications", "mona"),
        Address("notifications.wishes", "/notifications/wishes", "ada"),
        Address("notifications.badge", "/notifications/badge", "ada", fragment=True),
        Address("account.index", "/account", "ada"),
        Address("account.password", "/account/password", "ada"),
        Address("profiles.personal", "/account/personal", "ada", main=True),
        Address("profiles.index", "/account/profiles", "ada", main=True),
        Address("profiles.index", "/account/profiles", "mona"),
        *[Address("profiles.new", f"/account/profiles/new/{kind}", "ada") for kind in ("joint", "company", "trust")],
        Address("account.sessions", "/account/sessions", "ada"),
        Address("keys.index", "/account/keys", "ada"),
        Address("connections.index", "/account/connections", "ada"),
        Address("connections.index", "/account/connections", "mona"),
        Address("wallets.index", "/account/wallets", "ada", main=True),
        Address("wallets.index", "/account/wallets", "mona"),
        Address("security.index", "/account/security", "ada", main=True),
        Address("security.app", "/account/security/app", "ada"),
        Address("security.passkeys", "/account/security/passkeys", "ada"),
        Address("email.index", "/account/email", "ada"),
        Address("proof.ask", "/login/again?next=/account", "ada"),
        Address("entrance.second", "/login/second", "mona, half in"),
        Address("entrance.enrol", "/login/enrol", "mona, enrolling"),
    ]


def _issuers(open_id: UUID, draft_id: UUID) -> list[Address]:
    return [
        Address("deals_issuer.index", "/issuer", "irene", main=True),
        Address("deals_issuer.new", "/issuer/deals/new", "irene"),
        Address("deals_issuer.deal", f"/issuer/deals/{open_id}", "irene"),
        Address("deals_issuer.deal", f"/issuer/deals/{draft_id}", "irene"),
        Address("deals_issuer.edit", f"/issuer/deals/{draft_id}/edit", "irene"),
        Address("deals_issuer.edit", f"/issuer/deals/{draft_id}/edit?check=1", "irene"),
        Address("deals_issuer.updates", f"/issuer/deals/{open_id}/updates", "irene"),
        Address("deal_investors.index", f"/issuer/deals/{open_id}/investors", "irene"),
    ]


def _back_office(open_id: UUID, submitted_id: UUID, case_id: UUID, held: UUID, user_id: UUID) -> list[Address]:
    return [
        Address("deals_admin.index", "/manage/deals", "otto"),
        Address("deals_admin.review", f"/manage/deals/{submitted_id}/review", "otto", main=True),
        Address("deals_admin.review", f"/manage/deals/{open_id}/review", "otto"),
        Address("deals_admin.run", f"/manage/deals/{open_id}", "otto"),
        Address("chain_admin.index", "/manage/chain", "otto"),
        Address("chain_following.read", "/manage/chain/following", "otto"),
        Address("chain_contracts.index", "/manage/chain/contracts", "otto", main=True),
        Address("chain_contracts.gas", "/manage/chain/gas", "otto"),
        Address("chain_sponsoring.index", "/manage/chain/sponsoring", "otto"),
        Address("chain_admin.deployment", f"/manage/deployments/{open_id}", "otto"),
        Address("chain_admin.progress", f"/manage/deployments/{open_id}/progress", "otto", fragment=True),
        Address("people.index", "/manage/people", "otto"),
        Address("people.invite", "/manage/people/invite", "otto"),
        Address("people.invitations", "/manage/people/invitations", "otto"),
        Address("people.invitations", "/manage/people/invitations", "sam"),
        Address("roles.index", "/manage/roles", "otto", main=True),
        Address("people.entrance", "/manage/people/entrance", "otto"),
        Address("people.show", f"/manage/people/{user_id}", "otto"),
        Address("federation_admin.index", "/manage/sign-in", "otto", main=True),
        *[
            Address("federation_admin.new", f"/manage/sign-in/providers/new/{preset}", "otto")
            for preset in ("other", "auth0", "google", "microsoft", "keycloak")
        ],
        Address("federation_admin.new_issuer", "/manage/sign-in/issuers/new", "otto"),
        Address("audit.index", "/manage/audit", "otto"),
        Address("audit.check", "/manage/audit/check", "otto"),
        Address("site.index", "/manage/site", "otto", main=True),
        Address("site.brand", "/manage/site/brand", "otto"),
        Address("site.features", "/manage/site/features", "otto"),
        Address("site.hosts", "/manage/site/hosts", "otto"),
        Address("compliance_admin.index", "/manage/compliance", "carol"),
        Address("compliance_admin.case", f"/manage/compliance/{case_id}", "carol", main=True),
        Address("escrow_admin.index", "/manage/escrows", "carol"),
        Address("reconciliation.index", "/manage/reconciliation", "carol"),
        Address("approvals.index", "/manage/approvals", "carol"),
        Address("escrow_admin.show", f"/manage/escrows/{held}", "carol"),
    ]


def _webhooks(endpoint_id: UUID, delivery_id: UUID) -> list[Address]:
    return [
        Address("webhooks_admin.index", "/manage/webhooks", "otto"),
        Address("webhooks_admin.kinds", "/manage/webhooks/kinds", "otto"),
        Address("webhooks_admin.new", "/manage/webhooks/new", "otto"),
        Address("webhooks_admin.show", f"/manage/webhooks/{endpoint_id}", "otto"),
        Address("webhooks_admin.edit", f"/manage/webhooks/{endpoint_id}/edit", "otto"),
        Address("webhooks_admin.message", f"/manage/webhooks/messages/{delivery_id}", "otto"),
    ]


def stuck_transaction(session: Session, desk: Desk, now: datetime, *, nonce: int = 900) -> UUID:
    """A transaction that was sent, for too little, and that no block took."""
    deal_id, sender = ids.new(), desk.ports.keys.address(f"operator-{desk.site.id}")
    intent = chain.intend(
        session, key=f"stuck:{deal_id}", kind="deal.token", subject_id=deal_id, chain_id=desk.settings.chain_id,
        signer=chain.operator_key(), call=TenantFactory(desk.factory).create_token(deal_id, "A", "A", 18), now=now,
    )  # fmt: skip
    intent.state, intent.alert = "broadcast", "poor"
    place = ChainTransaction(
        intent_id=intent.id, chain_id=intent.chain_id, sender=sender, nonce=nonce, state="unconfirmed", created_at=now
    )
    session.add(place)
    session.flush()
    asked = chain.ask_signature(session, place, purpose="effect", gas=200_000, offer=Offer(10**9, 10**8), now=now)
    asked.state, asked.raw, asked.tx_hash = "sent", b"stuck", "0x" + deal_id.hex * 2
    asked.signed_at = asked.sent_at = now
    session.flush()
    return intent.id


def batch(session: Session, desk: Desk, now: datetime, *, failed: bool = False) -> tuple[UUID, UUID]:
    """Two releases that went together, or were to; return the transaction's intent and that of one of them."""
    investments, payer = [ids.new() for _ in range(2)], "0x" + "ab" * 20
    calls = [TenantFactory(desk.factory).release(one, payer=payer) for one in investments]
    many = TenantFactory(desk.factory).release_many([bytes.fromhex(one.data[-64:]) for one in calls])
    asked = [("escrow.release_many", ids.new(), many)]
    asked += [("escrow.release", one, call) for one, call in zip(investments, calls, strict=True)]
    made = [
        chain.intend(
            session, key=f"batch:{subject}", kind=kind, subject_id=subject, chain_id=desk.settings.chain_id,
            signer=chain.operator_key(), call=call, now=now,
        )
        for kind, subject, call in asked
    ]  # fmt: skip
    for one in made:
        one.state, one.tx_hash = "final", "0x" + investments[0].hex * 2
        one.block_number, one.block_hash, one.succeeded = 900, "0x" + ids.new().hex * 2, True
    for one in made[1:]:
        one.carried_by, one.alone = made[0].id, failed
    made[0].state, made[0].error = ("refused", "EscrowDesk_NotHeld()") if failed else ("final", "")
    if failed:
        made[0].tx_hash, made[0].block_number, made[0].block_hash, made[0].succeeded = "", None, "", None
    else:
        made[0].gas_used, made[0].gas_price = 213_616, 10**9
    session.flush()
    return made[0].id, made[2].id


def _transactions(stuck: UUID, batches: list[tuple[UUID, UUID]]) -> list[Address]:
    return [
        *(
            Address("chain_transactions.show", f"/manage/transactions/{one}", "otto")
            for each in batches
            for one in each
        ),
        Address("chain_transactions.index", "/manage/transactions", "otto"),
        Address("chain_transactions.index", "/manage/transactions?state=stuck", "otto"),
        Address("chain_transactions.show", f"/manage/transactions/{stuck}", "otto"),
        Address("chain_transactions.ask_bump", f"/manage/transactions/{stuck}/bump", "otto"),
        Address("chain_transactions.ask_cancel", f"/manage/transactions/{stuck}/cancel", "otto"),
        Address("chain_transactions.signing", "/manage/signing", "otto"),
    ]


def _consoles(site: Site, sam_id: UUID) -> list[Address]:
    return [
        Address("console.index", f"/tenants?q={site.slug}", "sam"),
        Address("console.new", "/tenants/new", "sam"),
        Address("chain_console.index", "/chain", "sam"),
        Address("chain_signer.index", "/signer", "sam"),
        Address("approvals.index", "/manage/approvals", "sam"),
        Address("console.show", f"/tenants/{site.slug}", "sam"),
        Address("people.index", "/manage/people", "sam"),
        Address("people.show", f"/manage/people/{sam_id}", "sam"),
        Address("audit.index", "/manage/audit", "sam"),
        Address("account.index", "/account", "sam"),
    ]


def found_console() -> Site:
    """Found an installation's own site."""
    slug = f"console-{ids.new().hex[-12:]}"
    return tenancy.found(
        slug=slug,
        name="Portico",
        host=f"{slug}.localhost",
        kind="installation",
        settings_values={"second_factor_roles": []},
        now=clock.now(),
    )


def unlisted(app: Flask, sample: Sample) -> set[str]:
    """Return the map's endpoints that have no example in the sample and aren't known to be no pages."""
    seen = {address.endpoint for address in sample.addresses} | NO_PAGES.keys()
    return {rule.endpoint for rule in app.url_map.iter_rules() if _is_page(rule)} - seen


def _is_page(rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")
