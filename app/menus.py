"""The navigation of the product: every line of every menu, whom it is shown to, and what it counts."""

from flask_babel import lazy_gettext as _

from app.core.permissions import Actor, Role
from app.modules.approvals import admin as approvals_admin
from app.modules.compliance import admin as compliance_admin
from app.modules.deals import queries as deals_queries
from app.modules.escrow import admin as escrow_admin
from app.modules.escrow import admin_reconciling as reconciliation
from app.modules.federation import views as federation_views
from app.modules.notifications import views as notifications_views
from app.modules.wallets import views as wallets_views
from app.web.shell import Entry
from app.web.ways import Farewell, Source
from tenants.service import Site


def _administers(actor: Actor, _site: Site) -> bool:
    return actor.has(Role.TENANT_ADMIN, Role.SUPER_ADMIN)


def _is_person(actor: Actor, _site: Site) -> bool:
    return actor.is_person


def _is_person_here(actor: Actor, site: Site) -> bool:
    return actor.is_person and not site.is_installation


def _runs_installation(actor: Actor, site: Site) -> bool:
    return site.is_installation and actor.has(Role.SUPER_ADMIN)


def _on_sites(_actor: Actor, site: Site) -> bool:
    return not site.is_installation


def _invests(actor: Actor, site: Site) -> bool:
    return Role.INVESTOR in actor.roles and not site.is_installation


def _issues(actor: Actor, site: Site) -> bool:
    return Role.ISSUER in actor.roles and not site.is_installation


def _administers_site(actor: Actor, site: Site) -> bool:
    return Role.TENANT_ADMIN in actor.roles and not site.is_installation


def _checks_people(actor: Actor, site: Site) -> bool:
    return actor.has(Role.COMPLIANCE_OFFICER) and not site.is_installation


def _looks_after_money(actor: Actor, site: Site) -> bool:
    return actor.has(Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER) and not site.is_installation


MONEY, NETWORK, ACCESS, SETTINGS = _("Money"), _("Network"), _("Access"), _("Settings")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        label=_("Record"),
        endpoint="audit.index",
        icon="history",
        area="back",
        rank=72,
        group=ACCESS,
        shown=_administers,
    ),
    Entry(
        label=_("Profile"),
        endpoint="account.index",
        icon="person",
        area="account",
        rank=10,
        covers=("profiles",),
        shown=_is_person,
    ),
    Entry(
        label=_("Sign out"),
        endpoint="accounts.logout",
        icon="sign-out",
        area="account",
        rank=99,
        shown=_is_person,
    ),
    Entry(
        label=_("Connections"),
        endpoint="connections.index",
        icon="link",
        area="account",
        rank=12,
        shown=_is_person_here,
    ),
    Entry(label=_("Wallets"), endpoint="wallets.index", icon="wallet", area="account", rank=13, shown=_is_person_here),
    Entry(
        label=_("People"),
        endpoint="people.index",
        icon="people",
        area="back",
        rank=70,
        group=ACCESS,
        covers=("roles",),
        shown=_administers,
    ),
    Entry(
        label=_("Notifications"),
        endpoint="notifications.index",
        icon="bell",
        area="account",
        rank=20,
        shown=_is_person,
        count=notifications_views.unread,
    ),
    Entry(
        label=_("Local outbox"),
        endpoint="outbox.mails",
        icon="inbox",
        area="legal",
        rank=90,
        shown=notifications_views.shows_mail,
    ),
    Entry(
        label=_("Verification"),
        endpoint="compliance.index",
        icon="shield",
        area="account",
        rank=30,
        shown=_invests,
    ),
    Entry(
        label=_("Verifications"),
        endpoint="compliance_admin.index",
        icon="shield",
        area="back",
        rank=20,
        shown=_checks_people,
        count=compliance_admin.waiting,
    ),
    Entry(
        label=_("Chain"),
        endpoint="chain_admin.index",
        icon="link",
        area="back",
        rank=60,
        group=NETWORK,
        covers=("chain_following", "chain_contracts", "chain_sponsoring"),
        shown=_administers_site,
    ),
    Entry(
        label=_("Escrows"),
        endpoint="escrow_admin.index",
        icon="bank",
        area="back",
        rank=22,
        group=MONEY,
        shown=_looks_after_money,
        count=escrow_admin.waiting,
    ),
    Entry(
        label=_("Reconciliation"),
        endpoint="reconciliation.index",
        icon="scale",
        area="back",
        rank=24,
        group=MONEY,
        shown=_looks_after_money,
        count=reconciliation.standing_still,
    ),
    Entry(
        label=_("Approvals"),
        endpoint="approvals.index",
        icon="check-circle",
        area="back",
        rank=26,
        group=MONEY,
        shown=_looks_after_money,
        count=approvals_admin.waiting,
    ),
    Entry(label=_("Deals"), endpoint="deals.index", icon="deals", rank=10, shown=_on_sites),
    Entry(
        label=_("Your deals"),
        endpoint="deals_issuer.index",
        icon="deal",
        rank=30,
        covers=("deal_investors",),
        shown=_issues,
    ),
    Entry(
        label=_("Deals"),
        endpoint="deals_admin.index",
        icon="deal",
        area="back",
        rank=10,
        shown=_administers_site,
        count=deals_queries.waiting_count,
    ),
    Entry(label=_("Portfolio"), endpoint="portfolio.index", icon="portfolio", rank=20, shown=_invests),
    Entry(
        label=_("Tenants"),
        endpoint="console.index",
        icon="globe",
        area="back",
        rank=1,
        shown=_runs_installation,
    ),
    Entry(
        label=_("Webhooks"),
        endpoint="webhooks_admin.index",
        icon="message",
        area="back",
        rank=94,
        group=SETTINGS,
        shown=_administers_site,
    ),
    Entry(
        label=_("Sign-in providers"),
        endpoint="federation_admin.index",
        icon="sign-in",
        area="back",
        rank=71,
        group=ACCESS,
        shown=_administers_site,
    ),
    Entry(
        label=_("Chain"),
        endpoint="chain_console.index",
        icon="link",
        area="back",
        rank=60,
        group=NETWORK,
        shown=_runs_installation,
    ),
    Entry(
        label=_("Transactions"),
        endpoint="chain_transactions.index",
        icon="send",
        area="back",
        rank=61,
        group=NETWORK,
        shown=_administers_site,
    ),
    Entry(
        label=_("Signer"),
        endpoint="chain_signer.index",
        icon="key",
        area="back",
        rank=61,
        group=NETWORK,
        shown=_runs_installation,
    ),
    Entry(
        label=_("Approvals"),
        endpoint="approvals.index",
        icon="check-circle",
        area="back",
        rank=62,
        group=NETWORK,
        shown=_runs_installation,
        count=approvals_admin.waiting,
    ),
    Entry(label=_("Terms of use"), endpoint="legal.terms", icon="document", area="legal", rank=10, shown=_on_sites),
    Entry(
        label=_("Site"),
        endpoint="site.index",
        icon="settings",
        area="back",
        rank=90,
        group=SETTINGS,
        shown=_administers_site,
    ),
    Entry(label=_("Privacy"), endpoint="legal.privacy", icon="lock", area="legal", rank=11, shown=_on_sites),
)

# What the sign-in page offers besides the password.
WAYS: tuple[Source, ...] = (federation_views.ways, wallets_views.ways)
# What is still to be done by somebody who signs out.
FAREWELLS: tuple[Farewell, ...] = (federation_views.farewell,)


def entries() -> list[Entry]:
    """Return every entry in the order in which they are shown."""
    return sorted(ENTRIES, key=lambda entry: entry.rank)
