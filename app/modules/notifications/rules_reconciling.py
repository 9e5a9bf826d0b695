"""What officers are told when books and contracts disagree. Pure."""

from app.modules.notifications.rules_kind import N_, Kind

RECONCILING = {
    "payouts-stopped": Kind(
        topic="work",
        icon="alert",
        title=N_("Payouts stand still"),
        line=N_("The books and the contracts disagree. Two people have to settle it."),
        subject=N_("Payouts stand still"),
        body=(
            N_("The books and the contracts disagree, so nothing is released to deals or paid to issuers."),
            N_("Money that goes back to investors isn't held up. Sign in to see what differs."),
        ),
        action=N_("See the differences"),
    ),
}
