"""What keepers of a site are told about its webhooks. Pure."""

from app.modules.notifications.rules_kind import N_, Kind

WEBHOOKS = {
    "webhook-failing": Kind(
        topic="work",
        icon="alert",
        title=N_("A webhook doesn't take its messages"),
        line=N_("One was given up after ten attempts. You can send it again from its page."),
        subject=N_("A webhook doesn't take its messages"),
        body=(N_("A message to one of your programs was given up after ten attempts. Sign in to see why."),),
        action=N_("See the webhook"),
    ),
    "webhook-gone": Kind(
        topic="work",
        icon="alert",
        title=N_("A webhook switched itself off"),
        line=N_("Its address answered that it is gone; nothing more is sent to it."),
        subject=N_("A webhook switched itself off"),
        body=(N_("The address of a webhook answered that it is gone. Nothing more is sent to it."),),
        action=N_("See the webhook"),
    ),
}
