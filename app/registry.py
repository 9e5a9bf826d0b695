"""The map of the product: every module with its doors, events and tasks. Listed, not discovered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import click
from flask import Blueprint
from flask_babel import lazy_gettext as _
from flask_wtf import CSRFProtect

from app.core.permissions import Actor, Role
from app.core.tasks import Loop, Task
from app.lifecycle import Platform
from app.modules.accounts import admin as accounts_admin
from app.modules.accounts import api as accounts_api
from app.modules.accounts import cli as accounts_cli
from app.modules.accounts import events as accounts_events
from app.modules.accounts import tasks as accounts_tasks
from app.modules.accounts import views as accounts_views
from app.modules.accounts import views_account as accounts_views_account
from app.modules.audit import admin as audit_admin
from app.modules.audit import tasks as audit_tasks
from app.modules.chain import admin as chain_admin
from app.modules.chain import cli as chain_cli
from app.modules.chain import events as chain_events
from app.modules.chain import tasks as chain_tasks
from app.modules.compliance import admin as compliance_admin
from app.modules.compliance import api as compliance_api
from app.modules.compliance import events as compliance_events
from app.modules.compliance import handlers as compliance_handlers
from app.modules.compliance import views as compliance_views
from app.modules.console import admin as console_admin
from app.modules.console import admin_site as console_admin_site
from app.modules.console import cli as console_cli
from app.modules.console import views as console_views
from app.modules.deals import admin as deals_admin
from app.modules.deals import api as deals_api
from app.modules.deals import events as deals_events
from app.modules.deals import handlers as deals_handlers
from app.modules.deals import queries as deals_queries
from app.modules.deals import tasks as deals_tasks
from app.modules.deals import views as deals_views
from app.modules.deals import views_issuer as deals_views_issuer
from app.modules.documents import views as documents_views
from app.modules.escrow import admin as escrow_admin
from app.modules.escrow import cli as escrow_cli
from app.modules.escrow import events as escrow_events
from app.modules.escrow import handlers as escrow_handlers
from app.modules.escrow import tasks as escrow_tasks
from app.modules.investments import admin as investments_admin
from app.modules.investments import api as investments_api
from app.modules.investments import events as investments_events
from app.modules.investments import handlers as investments_handlers
from app.modules.investments import tasks as investments_tasks
from app.modules.investments import views as investments_views
from app.modules.investments import views_payment as investments_views_payment
from app.modules.investments import views_portfolio as investments_views_portfolio
from app.modules.notifications import handlers as notifications_handlers
from app.modules.notifications import tasks as notifications_tasks
from app.modules.notifications import views as notifications_views
from app.web.shell import Entry
from tenants.service import Site

Handler = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class Module:
    """What a module offers to the doors. `site`: on whose hosts its pages answer; elsewhere they are 404."""

    name: str
    site: Literal["tenant", "installation", "both"] = "tenant"
    pages: Sequence[Blueprint] = ()
    api: Sequence[Blueprint] = ()
    handlers: Mapping[type, Sequence[Handler]] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    loops: Sequence[Loop] = ()
    menu: Sequence[Entry] = ()
    commands: Sequence[click.Command] = ()


def _administers(actor: Actor, _site: Site) -> bool:
    return actor.has(Role.TENANT_ADMIN, Role.SUPER_ADMIN)


def _is_person(actor: Actor, _site: Site) -> bool:
    return actor.is_person


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


MODULES: tuple[Module, ...] = (
    Module(
        name="audit",
        site="both",
        pages=[audit_admin.pages],
        loops=[audit_tasks.seal],
        menu=[
            Entry(label=_("Record"), endpoint="audit.index", icon="history", area="back", rank=92, shown=_administers),
        ],
    ),
    Module(
        name="accounts",
        site="both",
        pages=[accounts_views.pages, accounts_views_account.pages, accounts_admin.pages],
        api=[accounts_api.api],
        loops=[accounts_tasks.tidy],
        commands=[accounts_cli.users],
        menu=[
            Entry(
                label=_("Profile"), endpoint="account.index", icon="person", area="account", rank=10, shown=_is_person
            ),
            Entry(
                label=_("Sign out"),
                endpoint="accounts.logout",
                icon="sign-out",
                area="account",
                rank=99,
                shown=_is_person,
            ),
            Entry(label=_("People"), endpoint="people.index", icon="people", area="back", rank=90, shown=_administers),
        ],
    ),
    Module(name="documents", pages=[documents_views.pages]),
    Module(
        name="notifications",
        site="both",
        pages=[notifications_views.pages, notifications_views.outbox],
        handlers={
            accounts_events.UserRegistered: [notifications_handlers.on_registered],
            accounts_events.VerificationRequested: [notifications_handlers.on_registered],
            accounts_events.RegistrationRepeated: [notifications_handlers.on_registration_repeated],
            accounts_events.PasswordResetRequested: [notifications_handlers.on_reset_requested],
            accounts_events.PasswordChanged: [notifications_handlers.on_password_changed],
            accounts_events.UserInvited: [notifications_handlers.on_invited],
            accounts_events.RoleGranted: [notifications_handlers.on_role_granted],
        },
        tasks={"notifications.send_mail": notifications_tasks.send_mail},
        menu=[
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
        ],
    ),
    Module(
        name="compliance",
        pages=[compliance_views.pages, compliance_admin.pages],
        api=[compliance_api.api],
        handlers={
            compliance_events.VerificationSubmitted: [compliance_handlers.on_submitted],
            compliance_events.VerificationApproved: [compliance_handlers.on_approved],
            compliance_events.VerificationRejected: [compliance_handlers.on_rejected],
            compliance_events.VerificationMoreRequested: [compliance_handlers.on_more_requested],
        },
        menu=[
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
        ],
    ),
    Module(
        name="chain",
        pages=[chain_admin.pages],
        tasks={"chain.push": chain_tasks.push, "chain.deploy": chain_tasks.deploy},
        loops=[chain_tasks.follow],
        commands=[chain_cli.chain],
        menu=[
            Entry(
                label=_("Chain"),
                endpoint="chain_admin.index",
                icon="link",
                area="back",
                rank=60,
                shown=_administers_site,
            ),
        ],
    ),
    Module(
        name="escrow",
        pages=[escrow_admin.pages],
        handlers={
            chain_events.LogSeen: [escrow_handlers.on_announced],
            chain_events.LogFinal: [escrow_handlers.on_announced],
            chain_events.LogUndone: [escrow_handlers.on_announced],
            chain_events.TransactionFailed: [escrow_handlers.on_refused],
            compliance_events.VerificationApproved: [escrow_handlers.on_approved],
            compliance_events.VerificationRejected: [escrow_handlers.on_rejected],
        },
        loops=[escrow_tasks.watch],
        commands=[escrow_cli.ledger],
        menu=[
            Entry(
                label=_("Escrows"),
                endpoint="escrow_admin.index",
                icon="vault",
                area="back",
                rank=22,
                shown=_looks_after_money,
                count=escrow_admin.waiting,
            ),
        ],
    ),
    Module(name="front", site="both", pages=[deals_views.front]),
    Module(
        name="deals",
        pages=[deals_views.pages, deals_views_issuer.pages, deals_admin.pages],
        api=[deals_api.api],
        handlers={
            chain_events.DealDeployed: [deals_handlers.on_deployed],
            deals_events.DealSubmitted: [deals_handlers.on_submitted],
            deals_events.DealChangesRequested: [deals_handlers.on_changes_requested],
            deals_events.DealApproved: [deals_handlers.on_approved],
            deals_events.DealOpened: [deals_handlers.on_opened],
            deals_events.DealClosed: [deals_handlers.on_closed],
            deals_events.DealUpdatePublished: [deals_handlers.on_update],
        },
        tasks={"deals.start": deals_tasks.start, "deals.close_when_due": deals_tasks.close_when_due},
        menu=[
            Entry(label=_("Deals"), endpoint="deals.index", icon="deals", rank=10, shown=_on_sites),
            Entry(label=_("Your deals"), endpoint="deals_issuer.index", icon="deal", rank=30, shown=_issues),
            Entry(
                label=_("Deals"),
                endpoint="deals_admin.index",
                icon="deals",
                area="back",
                rank=10,
                shown=_administers_site,
                count=deals_queries.waiting_count,
            ),
        ],
    ),
    Module(
        name="investments",
        pages=[
            investments_views.pages,
            investments_views_payment.pages,
            investments_views_portfolio.pages,
            investments_admin.pages,
        ],
        api=[investments_api.resource],
        handlers={
            escrow_events.EscrowArriving: [investments_handlers.on_arriving],
            escrow_events.EscrowVanished: [investments_handlers.on_vanished],
            escrow_events.EscrowHeld: [investments_handlers.on_held],
            escrow_events.EscrowReleased: [investments_handlers.on_released],
            escrow_events.EscrowRefunded: [investments_handlers.on_refunded],
            escrow_events.EscrowUndecided: [investments_handlers.on_undecided],
            investments_events.InvestmentEnded: [investments_handlers.on_ended],
        },
        tasks={"investments.expire": investments_tasks.expire},
        menu=[
            Entry(label=_("Portfolio"), endpoint="portfolio.index", icon="portfolio", rank=20, shown=_invests),
        ],
    ),
    Module(
        name="console",
        site="installation",
        pages=[console_admin.pages],
        commands=[console_cli.tenants],
        menu=[
            Entry(
                label=_("Tenants"),
                endpoint="console.index",
                icon="globe",
                area="back",
                rank=1,
                shown=_runs_installation,
            ),
        ],
    ),
    Module(
        name="site",
        pages=[console_views.pages, console_admin_site.pages],
        menu=[
            Entry(
                label=_("Terms of use"), endpoint="legal.terms", icon="document", area="legal", rank=10, shown=_on_sites
            ),
            Entry(
                label=_("Site"), endpoint="site.index", icon="settings", area="back", rank=95, shown=_administers_site
            ),
            Entry(label=_("Privacy"), endpoint="legal.privacy", icon="lock", area="legal", rank=11, shown=_on_sites),
        ],
    ),
)


def mount(app: Platform, csrf: CSRFProtect) -> None:
    """Register every module's pages and API; the API needs no form token, since it takes no cookie."""
    for module in MODULES:
        for blueprint in module.pages:
            app.register_blueprint(blueprint)
            app.sites[blueprint.name] = module.site
        for blueprint in module.api:
            csrf.exempt(blueprint)
            app.register_blueprint(blueprint)
            app.sites[blueprint.name] = module.site


def menu() -> list[Entry]:
    """Return the entries of every module, in the order in which they are shown."""
    return sorted((entry for module in MODULES for entry in module.menu), key=lambda entry: entry.rank)


def commands() -> list[click.Command]:
    """Return every module's commands for the operator."""
    return [command for module in MODULES for command in module.commands]


def handlers() -> dict[str, tuple[type, list[Handler]]]:
    """Return event name → (event class, handlers), over all modules."""
    table: dict[str, tuple[type, list[Handler]]] = {}
    for module in MODULES:
        for event, functions in module.handlers.items():
            table.setdefault(event.__name__, (event, []))[1].extend(functions)
    return table


def tasks() -> dict[str, Task]:
    """Return task name → task, over all modules."""
    return {name: task for module in MODULES for name, task in module.tasks.items()}


def loops() -> list[Loop]:
    """Return every loop that runs in the worker."""
    return [loop for module in MODULES for loop in module.loops]
