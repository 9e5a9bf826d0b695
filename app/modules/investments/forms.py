"""What the wizard asks, step by step. A form gives answers as plain values; it never touches an investment."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Form, HiddenField, RadioField, StringField
from wtforms.validators import InputRequired, Regexp, StopValidation, ValidationError

from app.core import money
from app.core.errors import Invalid
from app.core.money import Asset
from app.modules.escrow.service import PreparedPermit, PreparedRequest, PreparedTransaction
from app.modules.investments import rules
from app.modules.investments.rules import Offer
from app.modules.profiles.service import Holder
from app.web.numbers import money_plain

_GROUPED = re.compile(r"^\d{1,3}(,\d{3})+(\.\d+)?$", re.ASCII)
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬", "01234567890123456789.,")
_BLANKS = re.compile("[\\s\u00a0\u202f\u2009'’]")
ADDRESS = re.compile(r"^0x[0-9a-fA-F]{40}$", re.ASCII)
_NUMBER = re.compile(r"^[0-9]{1,78}$", re.ASCII)
HASH = re.compile(r"^0x[0-9a-fA-F]{64}$", re.ASCII)


def plain_amount(text: str) -> str:
    """Return an amount as people type it in plain form: `25,000`, `25 000.50` and Arabic digits become ASCII digits."""
    digits = _BLANKS.sub("", text.translate(_DIGITS))
    return digits.replace(",", "") if _GROUPED.match(digits) else digits


def written(units: int, asset: Asset) -> str:
    """Return base units as a person would type them: `25,000` or `25,000.5`, never rounded."""
    text = f"{asset.whole(units):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class AmountForm(FlaskForm):  # type: ignore[misc]
    """How much; `units` are the base units of what was typed."""

    amount = StringField(_l("Amount"), [InputRequired(_l("Enter an amount."))])

    def __init__(self, *, offer: Offer, asset: Asset, **options: Any) -> None:
        super().__init__(**options)
        self.offer, self.asset = offer, asset
        self.units = 0

    def validate_amount(self, field: StringField) -> None:
        try:
            self.units = money.parse(plain_amount(field.data or ""), self.asset)
        except Invalid:
            raise StopValidation(_("Enter an amount in digits, for example 5000 or 5000.50.")) from None
        problem = rules.amount_problem(self.units, self.offer)
        if problem:
            raise ValidationError(amount_sentence(problem, self.offer, self.asset))


def amount_sentence(problem: str, offer: Offer, asset: Asset) -> str:
    """Return what is wrong with an amount and what to do, in the reader's language."""
    if problem == "room" and offer.headroom < offer.min_ticket:
        problem = "full"
    sentences: dict[str, str] = {
        "low": _("The smallest investment here is %(least)s.", least=money_plain(offer.min_ticket, asset)),
        "ticket": _("One investment can be at most %(most)s.", most=money_plain(offer.max_ticket or 0, asset)),
        "room": _("Only %(most)s is left in this deal. Choose that or less.", most=money_plain(offer.headroom, asset)),
        "full": _("This deal is fully subscribed. If a reservation runs out, its room is free again."),
        "grain": _("Use at most %(count)s decimals.", count=asset.display_decimals),
    }
    return sentences[problem]


class InvestorForm(FlaskForm):  # type: ignore[misc]
    """In whose name."""

    investor = RadioField(_l("Invest as"), [InputRequired(_l("Choose who invests."))], choices=[], validate_choice=True)


def holder_label(holder: Holder) -> str:
    """Return how a choice of who invests reads."""
    return str(_("Myself, %(name)s", name=holder.name)) if holder.profile_id is None else holder.name


def holder_note(holder: Holder) -> str:
    """Return what choosing this holder means."""
    notes: dict[str, str] = {
        "individual": _("The holding is entered in your own name, and your own verification counts."),
        "joint": _("Joint holders: the holding is entered in both names, and your own verification counts."),
        "company": _("Company: the holding is entered in its name. You act for it, and your own verification counts."),
        "trust": _("Trust: the holding is entered in its name. You act for it, and your own verification counts."),
    }
    return notes[holder.kind]


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """The commitment itself. `key` was made with the draft: however often it is sent, one investment comes of it."""

    key = HiddenField(validators=[InputRequired()])
    commit = BooleanField(_l("I make this commitment"), [InputRequired(_l("Tick the box to make the commitment."))])


class PayerForm(FlaskForm):  # type: ignore[misc]
    """The address that will pay, for those who call the contract themselves."""

    address = StringField(
        _l("Your wallet's address"),
        [
            InputRequired(_l("Enter the address that will pay.")),
            Regexp(ADDRESS, message=_l("An address begins with 0x, followed by 40 digits or letters from a to f.")),
        ],
    )


def risk_labels() -> dict[str, str]:
    """Return what an investor says with each tick, by the risk's name, in the reader's language."""
    return {
        "loss": _("I can lose all the money I invest"),
        "illiquid": _("I may not get my money back when I want it"),
        "unprotected": _("No deposit or investor protection covers this"),
        "own-judgement": _("I decide for myself"),
        "dilution": _("My share can shrink"),
        "default": _("The borrower may fail to pay"),
        "technology": _("Tokens depend on technology"),
        "valuation": _("Values are estimates"),
        "property": _("Property can fall in value and stand empty"),
        "revenue": _("Revenue may not come"),
    }


def ticks(names: Sequence[tuple[str, str]], message: str) -> type[Form]:
    """Return a form of required boxes, none ticked beforehand; `names` are (field name, label) pairs."""
    boxes = {name: BooleanField(label, [InputRequired(message)]) for name, label in names}
    return type("TicksForm", (FlaskForm,), boxes)


def ticked(form: Form, now: datetime, hashes: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what was ticked: when, and for a document the hash of what was accepted."""
    at = now.isoformat()
    return {
        field.name: {"at": at} | ({"sha256": hashes[field.name]} if field.name in hashes else {})
        for field in form
        if isinstance(field, BooleanField) and field.data
    }


def wire(prepared: PreparedTransaction) -> dict[str, str | int]:
    """Return a transaction as a wallet takes it; the value in hexadecimal, as JSON-RPC wants it."""
    return {
        "chainId": prepared.chain_id,
        "to": prepared.to,
        "data": prepared.data,
        "value": hex(prepared.value),
        "summary": prepared.summary,
    }


def wire_request(asked: PreparedRequest, finish: str) -> dict[str, Any]:
    """Return a request as the wallet script takes it; `finish` is where the signature goes."""
    return {
        "typedData": asked.request.typed_data(),
        "nonce": {"to": asked.nonce_to, "data": asked.nonce_data},
        "summary": asked.summary,
        "finish": finish,
    }


def wire_permit(asked: PreparedPermit, finish: str) -> dict[str, Any]:
    """Return a permit as the wallet script takes it; `finish` is where the signature goes."""
    return {
        "typedData": asked.permit.typed_data(),
        "nonce": {"to": asked.nonce_to, "data": asked.nonce_data},
        "summary": asked.summary,
        "finish": finish,
    }


def signature_of(sent: Mapping[str, str]) -> dict[str, Any]:
    """Return what belongs to a signature: nonce and deadline as numbers. Raises Invalid for anything else."""
    numbers = [str(sent.get(name, "")) for name in ("nonce", "deadline")]
    if not all(_NUMBER.match(number) for number in numbers):
        raise Invalid(_("The wallet's signature came without what belongs to it. Reload the page and try again."))
    return {"nonce": int(numbers[0]), "deadline": int(numbers[1]), "signature": str(sent.get("signature", ""))}
