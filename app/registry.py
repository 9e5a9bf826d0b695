"""The map of the product: every module with its doors, events and tasks. Listed, not discovered."""

import click
from flask_wtf import CSRFProtect

from app import module
from app.core.tasks import Loop, Task
from app.lifecycle import Platform
from app.module import Handler, Module
from app.modules.accounts import admin as accounts_admin
from app.modules.accounts import api_security as accounts_api_security
from app.modules.accounts import api_staff as accounts_api_staff
from app.modules.accounts import cli as accounts_cli
from app.modules.accounts import events as accounts_events
from app.modules.accounts import tasks as accounts_tasks
from app.modules.accounts import views as accounts_views
from app.modules.accounts import views_account as accounts_views_account
from app.modules.accounts import views_email as accounts_views_email
from app.modules.accounts import views_entrance as accounts_views_entrance
from app.modules.accounts import views_proof as accounts_views_proof
from app.modules.accounts import views_security as accounts_views_security
from app.modules.approvals import admin as approvals_admin
from app.modules.approvals import api as approvals_api
from app.modules.approvals import events as approvals_events
from app.modules.audit import admin as audit_admin
from app.modules.audit import api as audit_api
from app.modules.audit import cli as audit_cli
from app.modules.audit import tasks as audit_tasks
from app.modules.chain import admin as chain_admin
from app.modules.chain import api_office as chain_api_office
from app.modules.chain import cli as chain_cli
from app.modules.chain import cli_signer as chain_cli_signer
from app.modules.chain import events as chain_events
from app.modules.chain import handlers as chain_handlers
from app.modules.chain import tasks as chain_tasks
from app.modules.compliance import admin as compliance_admin
from app.modules.compliance import api as compliance_api
from app.modules.compliance import api_admin as compliance_api_admin
from app.modules.compliance import api_documents as compliance_api_documents
from app.modules.compliance import events as compliance_events
from app.modules.compliance import handlers as compliance_handlers
from app.modules.compliance import views as compliance_views
from app.modules.console import admin as console_admin
from app.modules.console import admin_roles as console_admin_roles
from app.modules.console import admin_site as console_admin_site
from app.modules.console import api_look as console_api_look
from app.modules.console import api_tenants as console_api_tenants
from app.modules.console import cli as console_cli
from app.modules.console import views as console_views
from app.modules.deals import admin as deals_admin
from app.modules.deals import api as deals_api
from app.modules.deals import api_admin as deals_api_admin
from app.modules.deals import api_conversation as deals_api_conversation
from app.modules.deals import api_documents as deals_api_documents
from app.modules.deals import events as deals_events
from app.modules.deals import handlers as deals_handlers
from app.modules.deals import tasks as deals_tasks
from app.modules.deals import views as deals_views
from app.modules.deals import views_issuer as deals_views_issuer
from app.modules.documents import api as documents_api
from app.modules.documents import cli as documents_cli
from app.modules.documents import views as documents_views
from app.modules.escrow import admin_reconciling as escrow_admin_reconciling
from app.modules.escrow import api_reconciling as escrow_api_reconciling
from app.modules.escrow import cli as escrow_cli
from app.modules.escrow import events as escrow_events
from app.modules.escrow import handlers as escrow_handlers
from app.modules.escrow import handlers_reconciling as escrow_handlers_reconciling
from app.modules.escrow import tasks as escrow_tasks
from app.modules.federation import admin as federation_admin
from app.modules.federation import api_connections as federation_api_connections
from app.modules.federation import api_issuers as federation_api_issuers
from app.modules.federation import service as federation
from app.modules.federation import tasks as federation_tasks
from app.modules.federation import views as federation_views
from app.modules.investments import admin as investments_admin
from app.modules.investments import api_payment as investments_api_payment
from app.modules.investments import events as investments_events
from app.modules.investments import handlers as investments_handlers
from app.modules.investments import tasks as investments_tasks
from app.modules.investments import views as investments_views
from app.modules.investments import views_payment as investments_views_payment
from app.modules.investments import views_portfolio as investments_views_portfolio
from app.modules.notifications import api as notifications_api
from app.modules.notifications import handlers as notifications_handlers
from app.modules.notifications import tasks as notifications_tasks
from app.modules.notifications import views as notifications_views
from app.modules.profiles import api_personal as profiles_api_personal
from app.modules.profiles import views as profiles_views
from app.modules.tokens import api as tokens_api
from app.modules.tokens import api_keys as tokens_api_keys
from app.modules.tokens import api_wallets as tokens_api_wallets
from app.modules.tokens import cli as tokens_cli
from app.modules.tokens import handlers as tokens_handlers
from app.modules.tokens import service as tokens
from app.modules.tokens import tasks as tokens_tasks
from app.modules.tokens import views as tokens_views
from app.modules.wallets import api as wallets_api
from app.modules.wallets import tasks as wallets_tasks
from app.modules.wallets import views as wallets_views
from app.modules.webhooks import admin as webhooks_admin
from app.modules.webhooks import api as webhooks_api
from app.modules.webhooks import handlers as webhooks_handlers
from app.modules.webhooks import tasks as webhooks_tasks

MODULES: tuple[Module, ...] = (
    Module(
        name="audit",
        site="both",
        pages=[audit_admin.pages],
        api=[audit_api.api],
        loops=[audit_tasks.seal],
        commands=[audit_cli.audit],
    ),
    Module(
        name="accounts",
        site="both",
        pages=[
            accounts_views.pages,
            accounts_views_entrance.pages,
            accounts_views_proof.pages,
            accounts_views_account.pages,
            accounts_views_security.pages,
            accounts_views_email.pages,
            accounts_admin.pages,
        ],
        api=[*accounts_api_security.DOORS, *accounts_api_staff.DOORS],
        loops=[accounts_tasks.tidy],
        commands=[accounts_cli.users],
    ),
    Module(
        name="federation",
        pages=[federation_views.pages, federation_views.connections, federation_admin.pages],
        api=[*federation_api_issuers.DOORS, federation_api_connections.api],
        tasks={"federation.look": federation_tasks.look, "federation.fetch": federation_tasks.fetch},
        loops=[federation_tasks.refresh],
        bearers=[federation.recognise],  # before our own tokens, which would take others' for broken ones of theirs
    ),
    Module(
        name="wallets",
        pages=[wallets_views.pages, wallets_views.entrance],
        api=[wallets_api.api, tokens_api_wallets.api],
        tasks={"wallets.check": wallets_tasks.check},
    ),
    Module(
        name="tokens",
        site="both",
        pages=[tokens_views.pages],
        api=[tokens_api.api, tokens_api_keys.api],
        handlers={
            accounts_events.PasswordChanged: [tokens_handlers.on_password_changed],
            accounts_events.UserSuspended: [tokens_handlers.on_suspended],
        },
        loops=[tokens_tasks.tidy],
        commands=[tokens_cli.tokens],
        bearers=[tokens.recognise],
    ),
    Module(name="approvals", site="both", pages=[approvals_admin.pages], api=[approvals_api.api]),
    Module(name="profiles", pages=[profiles_views.pages], api=profiles_api_personal.DOORS),
    Module(name="documents", pages=[documents_views.pages], api=[documents_api.api], commands=[documents_cli.files]),
    Module(
        name="notifications",
        site="both",
        pages=[notifications_views.pages, notifications_views.outbox],
        api=[notifications_api.api],
        handlers={
            accounts_events.UserRegistered: [notifications_handlers.on_registered],
            accounts_events.VerificationRequested: [notifications_handlers.on_registered],
            accounts_events.RegistrationRepeated: [notifications_handlers.on_registration_repeated],
            accounts_events.PasswordResetRequested: [notifications_handlers.on_reset_requested],
            accounts_events.PasswordChanged: [notifications_handlers.on_password_changed],
            accounts_events.UserInvited: [notifications_handlers.on_invited],
            accounts_events.SecurityChanged: [notifications_handlers.on_security_changed],
            accounts_events.EmailChangeRequested: [notifications_handlers.on_email_change_requested],
            accounts_events.EmailChanged: [notifications_handlers.on_email_changed],
            accounts_events.RoleGranted: [notifications_handlers.on_role_granted],
        },
        tasks={"notifications.send_mail": notifications_tasks.send_mail},
    ),
    Module(
        name="compliance",
        pages=[compliance_views.pages, compliance_admin.pages],
        api=[compliance_api.api, compliance_api_documents.api, compliance_api_admin.api],
        handlers={
            compliance_events.VerificationSubmitted: [compliance_handlers.on_submitted],
            compliance_events.VerificationApproved: [compliance_handlers.on_approved],
            compliance_events.VerificationRejected: [compliance_handlers.on_rejected],
            compliance_events.VerificationMoreRequested: [compliance_handlers.on_more_requested],
        },
    ),
    Module(
        name="chain",
        pages=chain_admin.OFFICE,
        api=chain_api_office.DOORS,
        handlers={
            chain_events.TransactionFinal: [chain_handlers.on_settled],
            chain_events.TransactionFailed: [chain_handlers.on_settled],
            chain_events.TransactionStuck: [chain_handlers.on_stuck],
            approvals_events.ApprovalGranted: [chain_handlers.on_agreed],
        },
        tasks=chain_tasks.TASKS,
        loops=chain_tasks.LOOPS,
        commands=[chain_cli.chain, chain_cli_signer.signer],
    ),
    Module(name="nodes", site="installation", pages=chain_admin.CONSOLE, api=chain_api_office.CONSOLE),
    Module(
        name="escrow",
        pages=escrow_admin_reconciling.OFFICE,
        api=escrow_api_reconciling.DOORS,
        handlers={
            chain_events.LogSeen: [escrow_handlers.on_announced],
            chain_events.LogFinal: [escrow_handlers.on_announced],
            chain_events.LogUndone: [escrow_handlers.on_announced],
            chain_events.LogLost: [escrow_handlers.on_lost],
            chain_events.TransactionFailed: [escrow_handlers.on_refused],
            compliance_events.VerificationApproved: [escrow_handlers.on_approved],
            compliance_events.VerificationRejected: [escrow_handlers.on_rejected],
            approvals_events.ApprovalGranted: [escrow_handlers_reconciling.on_agreed],
        },
        loops=[escrow_tasks.watch, escrow_tasks.reconcile],
        commands=[escrow_cli.ledger],
    ),
    Module(name="front", site="both", pages=[deals_views.front]),
    Module(
        name="deals",
        pages=[deals_views.pages, deals_views_issuer.pages, deals_admin.pages],
        api=[deals_api.api, *deals_api_conversation.DOORS, deals_api_documents.api, deals_api_admin.api],
        handlers={
            chain_events.DealDeployed: [deals_handlers.on_deployed],
            chain_events.LogFinal: [deals_handlers.on_announced],
            chain_events.LogLost: [deals_handlers.on_lost],
            chain_events.TransactionFinal: [deals_handlers.on_transaction],
            chain_events.TransactionFailed: [deals_handlers.on_transaction],
            deals_events.DealSubmitted: [deals_handlers.on_submitted],
            deals_events.DealChangesRequested: [deals_handlers.on_changes_requested],
            deals_events.DealApproved: [deals_handlers.on_approved],
            deals_events.DealOpened: [deals_handlers.on_opened],
            deals_events.DealClosed: [deals_handlers.on_closed],
            deals_events.DealPaused: [deals_handlers.on_paused],
            deals_events.DealCancelled: [deals_handlers.on_cancelled],
            deals_events.DealPaidOut: [deals_handlers.on_paid_out],
            deals_events.DealUpdatePublished: [deals_handlers.on_update],
        },
        tasks={"deals.start": deals_tasks.start, "deals.close_when_due": deals_tasks.close_when_due},
        loops=[deals_tasks.watch],
    ),
    Module(
        name="investments",
        pages=[
            investments_views.pages,
            investments_views_payment.pages,
            investments_views_portfolio.pages,
            investments_admin.pages,
        ],
        api=investments_api_payment.DOORS,
        handlers={
            escrow_events.EscrowArriving: [investments_handlers.on_arriving],
            escrow_events.EscrowVanished: [investments_handlers.on_vanished],
            escrow_events.EscrowTakenBack: [investments_handlers.on_taken_back],
            escrow_events.EscrowHeld: [investments_handlers.on_held],
            escrow_events.EscrowReleased: [investments_handlers.on_released],
            escrow_events.EscrowRefunded: [investments_handlers.on_refunded],
            escrow_events.EscrowReturned: [investments_handlers.on_returned],
            deals_events.DealSaleFailed: [investments_handlers.on_sale_failed],
            escrow_events.EscrowUndecided: [investments_handlers.on_undecided],
            investments_events.InvestmentEnded: [investments_handlers.on_ended],
        },
        tasks={"investments.expire": investments_tasks.expire},
    ),
    Module(
        name="console",
        site="installation",
        pages=[console_admin.pages],
        api=console_api_tenants.DOORS,
        commands=[console_cli.tenants],
    ),
    Module(
        name="webhooks",
        pages=[webhooks_admin.pages],
        api=[webhooks_api.api],
        handlers={fact: [webhooks_handlers.on_fact] for fact in webhooks_handlers.KINDS},
        tasks={"webhooks.send": webhooks_tasks.send},
        loops=[webhooks_tasks.tidy],
    ),
    Module(
        name="site",
        pages=[console_views.pages, console_admin_site.pages, console_admin_roles.pages],
        api=console_api_look.DOORS,
    ),
)


def mount(app: Platform, csrf: CSRFProtect) -> None:
    """Hang every module's pages and interface into the application."""
    module.mount(app, csrf, MODULES)


def commands() -> list[click.Command]:
    """Return every module's commands for the operator."""
    chain_cli.chain.add_command(escrow_cli.reconcile)  # stands with `chain`, though only a module above knows the books
    return [command for each in MODULES for command in each.commands]


def handlers() -> dict[str, tuple[type, list[Handler]]]:
    """Return event name → (event class, handlers), over all modules."""
    table: dict[str, tuple[type, list[Handler]]] = {}
    for each in MODULES:
        for event, functions in each.handlers.items():
            table.setdefault(event.__name__, (event, []))[1].extend(functions)
    return table


def tasks() -> dict[str, Task]:
    """Return task name → task, over all modules."""
    return {name: task for each in MODULES for name, task in each.tasks.items()}


def loops() -> list[Loop]:
    """Return every loop that runs in the worker."""
    return [loop for each in MODULES for loop in each.loops]
