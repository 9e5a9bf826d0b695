"""What people are told when the chain lost blocks that were final, or when a part of a payment was accepted. Pure."""

from app.modules.notifications.rules_kind import N_, Kind

FOLLOWING = {
    "payment-lost": Kind(
        topic="investments",
        icon="alert",
        title=N_("The network undid your payment: %(deal)s"),
        line=N_("It lost a block that was final. Look in your wallet: the money should be there. The page says more."),
        subject=N_("The network undid your payment"),
        body=(
            N_("The network lost a block that was final, and with it your payment. The money never left your wallet."),
            N_("Sign in to see how your investment stands now, and whether you can pay again."),
        ),
        action=N_("See your investment"),
    ),
    "investment-reopened": Kind(
        topic="investments",
        icon="clock",
        title=N_("Held in escrow again: %(deal)s"),
        line=N_("The network lost a block that was final. Your money is safe, and the same step is sent again."),
        subject=N_("Your investment waits again"),
        body=(
            N_("The network lost a block that was final. Your money is safe where it was before that block."),
            N_("The same step is sent again, and you need not do anything."),
        ),
        action=N_("See your investment"),
    ),
    "investment-reduced": Kind(
        topic="investments",
        icon="check",
        title=N_("Accepted in part: %(deal)s"),
        line=N_("The rest of your payment went back to your wallet. The page shows both amounts."),
        subject=N_("A part of your investment was accepted"),
        body=(
            N_("A part of your payment was accepted. The contract sent the rest back to your wallet at once."),
            N_("Sign in to see both amounts and the transaction."),
        ),
        action=N_("See your investment"),
    ),
    "escrow-taken-back": Kind(
        topic="work",
        icon="alert",
        title=N_("The network undid a step of an escrow"),
        line=N_("It lost a block that was final. The books follow it; look whether anything is to be decided again."),
        subject=N_("The network undid a step of an escrow"),
        body=(
            N_("The network lost a block that was final, and operators accepted that. The books follow the contracts."),
            N_("Sign in to see where the escrow stands now, and whether anything is to be decided again."),
        ),
        action=N_("Open the escrow"),
    ),
}
