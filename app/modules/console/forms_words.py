"""What codes are called on the console's pages."""

from flask_babel import lazy_gettext as _l

from tenants.settings import FeatureName

LACKING = {
    "administrator": _l("No administrator"),
    "terms": _l("No terms of use"),
    "privacy": _l("No privacy notice"),
    "contact": _l("No contact address"),
    "payment": _l("No payment token"),
}
STATUS = {
    "active": (_l("Active"), "ok", ""),
    "suspended": (_l("Suspended"), "bad", "stop"),
    "closed": (_l("Closed"), "", "stop"),
}
HOST_KINDS = {
    "primary": _l("Primary"),
    "serve": _l("Shows the site too"),
    "redirect": _l("Leads to the primary host"),
}
FEATURES = {
    FeatureName.ESCROW: (_l("Escrow"), _l("Money waits in a contract of its own until the investor is verified.")),
    FeatureName.P2P: (_l("Agreements between people"), _l("Members lend to and trade with each other.")),
    FeatureName.SECONDARY_MARKET: (_l("Secondary market"), _l("Holdings change hands before a deal ends.")),
    FeatureName.GROUPS: (_l("Groups"), _l("Members invest together.")),
    FeatureName.TOKENIZATION: (_l("Tokenization"), _l("Assets become tokens with a cap table.")),
    FeatureName.LENDING: (_l("Lending"), _l("Loans against holdings.")),
    FeatureName.STAKING: (_l("Staking"), _l("Rewards for holding tokens.")),
    FeatureName.SOCIAL: (_l("Community"), _l("Profiles, follows and comments.")),
    FeatureName.REFERRALS: (_l("Referrals"), _l("Members bring members.")),
    FeatureName.NEWSLETTER: (_l("Newsletter"), _l("Mails to people who asked for them.")),
    FeatureName.GATEWAY: (_l("Payment gateway"), _l("Card and bank payments by providers of your choice.")),
    FeatureName.BILLING_SERVER: (_l("Billing server"), _l("Invoices and licences for programs of yours.")),
    FeatureName.CLOUD: (_l("Cloud"), _l("Resell this platform.")),
}
