"""What administrators are told about transactions that don't go on by themselves. Pure."""

from app.modules.notifications.rules_kind import N_, Kind

TRANSACTIONS = {
    "transaction-stuck": Kind(
        topic="work",
        icon="alert",
        title=N_("A transaction needs a person"),
        line=N_("It doesn't go on by itself. Its page says why, and what can be done."),
        subject=N_("A transaction needs a person"),
        body=(N_("A transaction of your site doesn't go on by itself. Sign in to see why, and what can be done."),),
        action=N_("See the transaction"),
    ),
}
