"""What entries say in words people read. Pure; N_() marks texts for the catalogue, they are translated where shown."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a text for the catalogue."""
    return text


SUBJECTS: dict[str, str] = {
    "approval": N_("Approvals"),
    "api_key": N_("API keys"),
    "audit": N_("The record"),
    "chain-alarm": N_("Alarms of the chain"),
    "deal": N_("Deals"),
    "document": N_("Documents"),
    "escrow": N_("Escrows"),
    "identity_provider": N_("Sign-in by others"),
    "investment": N_("Investments"),
    "issuer": N_("Token issuers"),
    "jwt_issuer": N_("Token issuers"),
    "key": N_("API keys"),
    "tenant": N_("The site"),
    "token": N_("Access tokens"),
    "transaction": N_("Transactions"),
    "user": N_("People"),
    "verification_case": N_("Verifications"),
    "wallet": N_("Wallets"),
    "webhook": N_("Webhooks"),
}

_ACCOUNTS = {
    "user.registered": N_("Registered"),
    "user.invited": N_("Invited somebody"),
    "user.updated": N_("Changed a profile"),
    "user.suspended": N_("Suspended an account"),
    "user.reactivated": N_("Reactivated an account"),
    "role.granted": N_("Gave a role"),
    "role.revoked": N_("Took a role away"),
    "email.verified": N_("Confirmed the e-mail address"),
    "email.change-requested": N_("Asked to change the e-mail address"),
    "email.changed": N_("Changed the e-mail address"),
    "email.reverted": N_("Took the change of the e-mail address back"),
    "password.changed": N_("Changed the password"),
    "session.opened": N_("Signed in"),
    "session.proved": N_("Showed again who they are"),
    "session.closed": N_("Signed out"),
    "session.revoked": N_("Ended sessions"),
    "session.foreign": N_("Showed a session of another site"),
    "security.app-added": N_("Set up an app for codes"),
    "security.app-removed": N_("Removed the app for codes"),
    "security.passkey-added": N_("Added a passkey"),
    "security.passkey-removed": N_("Removed a passkey"),
    "security.codes-renewed": N_("Made new recovery codes"),
    "security.recovery-used": N_("Used a recovery code"),
    "security.factors-reset": N_("Reset somebody’s second factors"),
    "token.opened": N_("Signed a program in"),
    "token.ended": N_("Signed a program out"),
    "token.reused": N_("Used a refresh token twice: its family was ended"),
    "token.foreign": N_("Showed a token of another site"),
    "key.made": N_("Made an API key"),
    "key.revoked": N_("Revoked an API key"),
    "identity.linked": N_("Linked a sign-in by others"),
    "identity.unlinked": N_("Unlinked a sign-in by others"),
    "federation.refused": N_("Was refused at a sign-in by others"),
    "provider.added": N_("Added a sign-in provider"),
    "provider.changed": N_("Changed a sign-in provider"),
    "provider.switched": N_("Switched a sign-in provider"),
    "provider.removed": N_("Removed a sign-in provider"),
    "issuer.added": N_("Added a token issuer"),
    "issuer.changed": N_("Changed a token issuer"),
    "issuer.switched": N_("Switched a token issuer"),
    "issuer.removed": N_("Removed a token issuer"),
    "wallet.linked": N_("Linked a wallet"),
    "wallet.unlinked": N_("Unlinked a wallet"),
    "wallet.default": N_("Chose the default wallet"),
}
_WORK = {
    "verification.submitted": N_("Sent a verification for review"),
    "verification.approved": N_("Approved a verification"),
    "verification.rejected": N_("Refused a verification"),
    "verification.more_requested": N_("Asked for parts of a verification again"),
    "verification.vouched": N_("Vouched for somebody"),
    "verification.checked": N_("Noted a check of a verification"),
    "verification.check_settled": N_("Settled a check of a verification"),
    "document.stored": N_("Stored a document"),
    "document.withdrawn": N_("Withdrew a document"),
    "document.access_changed": N_("Changed who may read a document"),
    "deal.drafted": N_("Began a deal"),
    "deal.submit": N_("Sent a deal for review"),
    "deal.request_changes": N_("Asked for changes in a deal"),
    "deal.approve": N_("Approved a deal"),
    "deal.open": N_("Opened a deal"),
    "deal.pause": N_("Paused a deal"),
    "deal.resume": N_("Resumed a deal"),
    "deal.close": N_("Closed a deal"),
    "deal.cancel": N_("Called a deal off"),
    "deal.featured": N_("Changed what is featured"),
    "deal.update_published": N_("Published an update"),
    "deal.deployment-started": N_("Began to put a deal on the chain"),
    "deal.deployment-retried": N_("Tried a step of a deal on the chain again"),
    "transaction.bumped": N_("Sent a transaction again with a higher fee"),
    "transaction.cancelled": N_("Called a transaction off"),
    "investment.pledged": N_("Pledged an amount"),
    "investment.cancelled": N_("Cancelled an investment"),
    "escrow.release": N_("Decided to release an escrow"),
    "escrow.reject": N_("Decided to send an escrow back"),
    "escrow.stray-returned": N_("Sent a stray deposit back"),
    "chain.alarm-cleared": N_("Cleared an alarm of the chain"),
    "chain.branch-accepted": N_("Accepted another branch of the chain"),
}
_SITE = {
    "signer.halted": N_("Halted the signer"),
    "signer.resumed": N_("Let the signer go on"),
    "signer.limited": N_("Changed the signer’s limits"),
    "signer.recipient-allowed": N_("Allowed the signer a recipient"),
    "tenant.founded": N_("Founded the site"),
    "tenant.suspended": N_("Suspended the site"),
    "tenant.reactivated": N_("Reactivated the site"),
    "tenant.closed": N_("Closed the site"),
    "tenant.host_added": N_("Added a host"),
    "tenant.guarded": N_("The database refused to touch protected rows"),
    "site.renamed": N_("Renamed the site"),
    "settings.changed": N_("Changed the site’s settings"),
    "branding.changed": N_("Changed the site’s look"),
    "feature.switched": N_("Switched a feature"),
    "audit.exported": N_("Took the record away as a file"),
    "webhook.added": N_("Added a webhook"),
    "webhook.changed": N_("Changed a webhook"),
    "webhook.challenged": N_("Sent a webhook its challenge"),
    "webhook.proven": N_("A webhook answered its challenge"),
    "webhook.secret_replaced": N_("Made a new secret for a webhook"),
    "webhook.stopped": N_("Switched a webhook off"),
    "webhook.gone": N_("A webhook said that it is gone"),
    "webhook.removed": N_("Removed a webhook"),
    "webhook.replayed": N_("Sent messages of a webhook again"),
}
ACTIONS: dict[str, str] = {**_ACCOUNTS, **_WORK, **_SITE}


def subject(kind: str) -> str:
    """Return what entries of this kind are about, to be translated; an unknown kind is its own name."""
    return SUBJECTS.get(kind, kind.replace("_", " ").replace("-", " "))


def action(name: str) -> str:
    """Return what was done, to be translated; an unknown act is spelled out: `deal.put_off` → `deal: put off`."""
    thing, _, verb = name.partition(".")
    spelled = f"{thing}: {verb}".replace("_", " ").replace("-", " ")
    return ACTIONS.get(name, spelled)
