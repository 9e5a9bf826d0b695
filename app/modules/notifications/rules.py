"""Everything people are told about: one row a kind, with the words for the application and for the mail. Pure.

`title` and `line` stand in the application, behind sign-in. `subject` and `body` go by e-mail, through servers of
others: no amount and no name of a deal, which may be confidential. Texts in N_() are translated where they are shown;
%(names)s are filled with the words given to `tell`.
"""

from app.modules.notifications.rules_alarms import ALARMS
from app.modules.notifications.rules_deals import DEALS
from app.modules.notifications.rules_following import FOLLOWING
from app.modules.notifications.rules_kind import N_ as N_
from app.modules.notifications.rules_kind import UNMUTABLE as UNMUTABLE
from app.modules.notifications.rules_kind import Kind as Kind
from app.modules.notifications.rules_reconciling import RECONCILING
from app.modules.notifications.rules_transactions import TRANSACTIONS
from app.modules.notifications.rules_webhooks import WEBHOOKS

TOPICS = {
    "security": N_("Your account and its security"),
    "verification": N_("Your verification"),
    "investments": N_("Your investments and payments"),
    "deals": N_("Deals and their updates"),
    "work": N_("Work waiting for you"),
}


def _security(what: str, means: str) -> Kind:
    """Return the kind for a change of how somebody signs in: told in the application and by mail, always."""
    return Kind(
        topic="security",
        icon="key",
        title=what,
        line=means,
        subject=what,
        body=(what, means, N_("Not you? Change your password at once, end every other session and tell us.")),
        action=N_("Open the security page"),
    )


_ACCOUNT = {
    "verify-email": Kind(
        topic="security",
        icon="mail",
        subject=N_("Confirm your e-mail address"),
        body=(
            N_("Welcome. Confirm that this address is yours, and your account is ready."),
            N_("The link works for 24 hours and once. If you didn't register, ignore this mail."),
        ),
        action=N_("Confirm my address"),
    ),
    "already-registered": Kind(
        topic="security",
        icon="mail",
        subject=N_("You already have an account"),
        body=(
            N_("Somebody, perhaps you, tried to register with this address. It already has an account."),
            N_("If it was you, sign in or choose a new password. If not, there is nothing to do."),
        ),
        action=N_("Sign in"),
    ),
    "reset-password": Kind(
        topic="security",
        icon="lock",
        subject=N_("Choose a new password"),
        body=(
            N_("Somebody, hopefully you, asked for a new password. Choose it with the link below."),
            N_("The link works for 15 minutes and once. If it wasn't you, ignore this mail: nothing has changed."),
        ),
        action=N_("Choose a new password"),
    ),
    "password-changed": Kind(
        topic="security",
        icon="lock",
        title=N_("Your password was changed"),
        line=N_("Not you? Choose a new one at once and tell us."),
        subject=N_("Your password was changed"),
        body=(
            N_("The password of your account was just changed, and every other session was ended."),
            N_("If it wasn't you, choose a new password at once and tell us."),
        ),
        action=N_("Open your account"),
    ),
    "invitation": Kind(
        topic="security",
        icon="person",
        subject=N_("You are invited"),
        body=(
            N_("You were invited to this site. Choose a password, and you can sign in."),
            N_("The link works for 72 hours and once."),
        ),
        action=N_("Accept the invitation"),
    ),
    "new-email": Kind(
        topic="security",
        icon="mail",
        subject=N_("Confirm your new e-mail address"),
        body=(
            N_("Somebody, hopefully you, wants to sign in with this address from now on. Confirm it with the link."),
            N_("The link works for 24 hours and once. If it wasn't you, ignore this mail: nothing has changed."),
        ),
        action=N_("Confirm this address"),
    ),
    "email-changing": Kind(
        topic="security",
        icon="alert",
        subject=N_("Your e-mail address is being changed"),
        body=(
            N_("Your account is to have another e-mail address, or has it since a moment ago."),
            N_("If it was you, there is nothing to do. If not, keep this address with the link: it works for 3 days."),
        ),
        action=N_("Keep this address"),
    ),
    "email-changed": _security(N_("Your e-mail address was changed"), N_("You sign in with this address from now on.")),
    "security-app-added": _security(
        N_("An app for codes was set up"), N_("You are asked for its code when you sign in.")
    ),
    "security-app-removed": _security(
        N_("The app for codes was removed"), N_("Codes of that app no longer work, and every other session has ended.")
    ),
    "security-passkey-added": _security(N_("A passkey was added"), N_("With it you can sign in without a password.")),
    "security-passkey-removed": _security(
        N_("A passkey was removed"), N_("It no longer works, and every other session has ended.")
    ),
    "security-codes-renewed": _security(N_("New recovery codes were made"), N_("The older ones no longer work.")),
    "security-recovery-used": _security(
        N_("A recovery code was used"), N_("It can't be used again. The security page tells how many are left.")
    ),
    "security-factors-reset": _security(
        N_("Your second factors were reset"), N_("An administrator removed them, and every session has ended.")
    ),
    "security-connection-added": _security(
        N_("A connection was added"), N_("You can now sign in by another provider. It is listed under Connections.")
    ),
    "security-connection-removed": _security(
        N_("A connection was removed"), N_("That provider can't sign you in any more.")
    ),
    "security-wallet-added": _security(
        N_("A wallet was added"), N_("You can pay from it and sign in by it. It is listed under Wallets.")
    ),
    "security-wallet-removed": _security(
        N_("A wallet was removed"), N_("It can't sign you in any more. Money and tokens in it are untouched.")
    ),
    "joint-holder-named": Kind(
        topic="security",
        icon="person",
        subject=N_("You were named as a joint holder"),
        body=(
            N_("%(name)s has named you here as the second person of two who invest together."),
            N_("The site keeps your name, your date of birth and this address for it, encrypted."),
            N_("If you don't know about this, tell the people who run the site."),
        ),
        action=N_("Open the site"),
        abroad=True,
    ),
    "role-granted": Kind(
        topic="security",
        icon="person",
        title=N_("You have a new role"),
        line=N_("New entries have appeared in your menu."),
        subject=N_("You have a new role"),
        body=(N_("An administrator gave you a new role on this site."),),
        action=N_("Open the site"),
    ),
}

_VERIFICATION = {
    "verification-approved": Kind(
        topic="verification",
        icon="shield",
        title=N_("You are verified"),
        line=N_("Money that waited in escrow for this moves on by itself."),
        subject=N_("You are verified"),
        body=(N_("Your verification was approved. Payments that waited for it move on by themselves."),),
        action=N_("See your verification"),
    ),
    "verification-rejected": Kind(
        topic="verification",
        icon="alert",
        title=N_("Your verification was refused"),
        line=N_("Money held in escrow for it is returned to you. You see the reason on the page."),
        subject=N_("News about your verification"),
        body=(N_("Your verification has been decided. Sign in to read the decision and what follows from it."),),
        action=N_("Read the decision"),
    ),
    "verification-more": Kind(
        topic="verification",
        icon="alert",
        title=N_("We need something again for your verification"),
        line=N_("Only the parts we name have to be sent again."),
        subject=N_("We need something again for your verification"),
        body=(N_("We couldn't use a part of what you sent. Sign in to see which, and send it again."),),
        action=N_("Send it again"),
    ),
    "verification-waiting": Kind(
        topic="work",
        icon="shield",
        title=N_("A verification waits for review"),
        line=N_("Case %(case)s"),
        subject=N_("A verification waits for review"),
        body=(N_("Somebody sent documents for verification. Sign in to review them."),),
        action=N_("Open the case"),
    ),
}

_INVESTMENTS = {
    "investment-held": Kind(
        topic="investments",
        icon="bank",
        title=N_("Held in escrow: %(deal)s"),
        line=N_("Your payment has arrived in your own escrow contract."),
        subject=N_("Your payment has arrived"),
        body=(N_("Your payment is final and held in your own escrow contract. The page shows what happens next."),),
        action=N_("See your investment"),
    ),
    "investment-confirmed": Kind(
        topic="investments",
        icon="check",
        title=N_("Confirmed: %(deal)s"),
        line=N_("Your investment is complete and stands in your portfolio."),
        subject=N_("Your investment is confirmed"),
        body=(N_("Your investment is complete. You find it, with its receipt, in your portfolio."),),
        action=N_("See your investment"),
    ),
    "investment-refunded": Kind(
        topic="investments",
        icon="bank",
        title=N_("Money returned: %(deal)s"),
        line=N_("The escrow contract has sent your money back to your wallet."),
        subject=N_("Your money was returned"),
        body=(N_("The escrow contract has sent your money back to your wallet. The page shows the transaction."),),
        action=N_("See the transaction"),
    ),
    "investment-claimable": Kind(
        topic="investments",
        icon="alert",
        title=N_("Take your money back: %(deal)s"),
        line=N_("The deal failed. Its contract keeps your money for you until you take it."),
        subject=N_("Your money waits for you"),
        body=(
            N_("A deal failed after your investment was complete. Its contract gives the whole amount back to you."),
        ),
        action=N_("Take the money back"),
    ),
    "investment-withdrawable": Kind(
        topic="investments",
        icon="clock",
        title=N_("You may take your money back: %(deal)s"),
        line=N_("There was no decision within 14 days. The contract gives the money back to you alone."),
        subject=N_("You may take your money back"),
        body=(
            N_("There was no decision within 14 days. You may wait, or take your money back from the escrow contract."),
        ),
        action=N_("See your choices"),
    ),
    "investment-cancelled": Kind(
        topic="investments",
        icon="alert",
        title=N_("Cancelled: %(deal)s"),
        line=N_("Your investment won't go ahead."),
        subject=N_("Your investment was cancelled"),
        body=(N_("Your investment won't go ahead. Sign in to see why and what follows."),),
        action=N_("See your investment"),
    ),
    "investment-received": Kind(
        topic="deals",
        icon="wallet",
        title=N_("New investment: %(deal)s"),
        line=N_("It is confirmed and counts towards the raise."),
        subject=N_("A new investment in your deal"),
        body=(N_("An investment in one of your deals is confirmed. Sign in to see it."),),
        action=N_("See the investors"),
    ),
}

KINDS: dict[str, Kind] = {
    **_ACCOUNT,
    **_VERIFICATION,
    **_INVESTMENTS,
    **DEALS,
    **WEBHOOKS,
    **RECONCILING,
    **FOLLOWING,
    **ALARMS,
    **TRANSACTIONS,
}


def filled(text: str, words: dict[str, str | int]) -> str:
    """Return a (translated) sentence with its words; a word that wasn't given stays a dash."""
    return text % _Dashes(words) if "%(" in text else text


class _Dashes(dict[str, str | int]):
    def __missing__(self, key: str) -> str:
        return "–"
