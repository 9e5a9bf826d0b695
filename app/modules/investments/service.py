"""What other modules and the doors may ask of investments."""

from app.modules.investments.service_claims import claim_transaction, claim_with_demo_wallet, may_claim
from app.modules.investments.service_course import (
    arrived,
    cancel,
    complete,
    expire,
    hold,
    lose,
    pay_with_demo_wallet,
    refund,
    renew,
    set_payer,
    take_back,
    tell_sent,
)
from app.modules.investments.service_lost import follow_back
from app.modules.investments.service_wizard import (
    answer,
    begin,
    by_key,
    checks,
    invest,
    name_holder,
    pledge,
    required_hashes,
    room,
    set_amount,
)

__all__ = [
    "answer",
    "arrived",
    "begin",
    "by_key",
    "cancel",
    "checks",
    "claim_transaction",
    "claim_with_demo_wallet",
    "complete",
    "expire",
    "follow_back",
    "hold",
    "invest",
    "lose",
    "may_claim",
    "name_holder",
    "pay_with_demo_wallet",
    "pledge",
    "refund",
    "renew",
    "required_hashes",
    "room",
    "set_amount",
    "set_payer",
    "take_back",
    "tell_sent",
]
