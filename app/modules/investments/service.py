"""What other modules and the doors may ask of investments."""

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
from app.modules.investments.service_wizard import answer, begin, by_key, checks, invest, pledge, room, set_amount

__all__ = [
    "answer",
    "arrived",
    "begin",
    "by_key",
    "cancel",
    "checks",
    "complete",
    "expire",
    "hold",
    "invest",
    "lose",
    "pay_with_demo_wallet",
    "pledge",
    "refund",
    "renew",
    "room",
    "set_amount",
    "set_payer",
    "take_back",
    "tell_sent",
]
