"""What was done to an account, in words."""

from flask_babel import gettext as _


def acts() -> dict[str, str]:
    """Return what the record's actions about a person mean to that person; others aren't shown."""
    return {
        "session.opened": _("Signed in"),
        "session.closed": _("Signed out"),
        "session.proved": _("Showed once more who you are"),
        "session.revoked": _("Ended other sessions"),
        "password.changed": _("Password changed"),
        "email.verified": _("E-mail address confirmed"),
        "email.change-requested": _("Another e-mail address asked for"),
        "email.changed": _("E-mail address changed"),
        "email.kept": _("Change of the e-mail address stopped"),
        "role.granted": _("Role given"),
        "role.revoked": _("Role taken away"),
        "user.updated": _("Profile changed"),
        "security.app-added": _("App for codes set up"),
        "security.app-removed": _("App for codes removed"),
        "security.passkey-added": _("Passkey added"),
        "security.passkey-removed": _("Passkey removed"),
        "security.passkey-renamed": _("Passkey renamed"),
        "security.codes-renewed": _("New recovery codes made"),
        "security.recovery-used": _("Recovery code used"),
        "security.factors-reset": _("Second factors reset by an administrator"),
    }


def changes() -> dict[str, str]:
    """Return what administrators did about somebody's account and roles, by the record's name of it."""
    return {
        "user.registered": _("Registered"),
        "user.invited": _("Invited"),
        "user.invitation-withdrawn": _("Invitation withdrawn"),
        "user.suspended": _("Suspended"),
        "user.reactivated": _("Let in again"),
        "role.granted": _("Role given"),
        "role.revoked": _("Role taken away"),
        "security.factors-reset": _("Second factors reset"),
    }
