"""What the gallery of components shows: one example of each, with figures that add up."""

from datetime import datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DecimalField,
    FileField,
    Form,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
)
from wtforms.fields import SelectChoice

from app.core.money import Asset
from app.web.theming import NavItem

EUR = Asset(code="EUR", decimals=6)
M = 1_000_000_000_000  # a million euros in base units


class Sample(Form):
    """A field of every kind."""

    name = StringField("Name", [validators.InputRequired()])
    tax = StringField("Tax number", description="Ten digits, on your last assessment.")
    iban = StringField(
        "IBAN",
        [
            validators.InputRequired(),
            validators.Length(min=30, message="The check digits don’t match. Compare with your statement."),
        ],
    )
    reference = StringField("Reference", [validators.InputRequired()])
    amount = StringField(
        "Amount", [validators.InputRequired()], description="From EUR 5,000 to EUR 60,000, in steps of EUR 1,000."
    )
    country = SelectField(
        "Country",
        choices=[SelectChoice("NL", "Netherlands"), SelectChoice("SE", "Sweden")],
        validators=[validators.InputRequired()],
    )
    message = TextAreaField("Message")
    proof = FileField(
        "Proof of address",
        [validators.InputRequired()],
        description="PDF, JPEG or PNG, up to 15 MB. All four corners visible.",
    )
    rule = RadioField(
        "If too much is offered",
        choices=[SelectChoice("pro-rata", "Pro rata"), SelectChoice("lottery", "Lottery")],
        validators=[validators.InputRequired()],
    )
    risk = BooleanField(
        "I understand that I may lose all of it.", [validators.InputRequired(message="Tick this to go on.")]
    )
    ratio = DecimalField("Loan to value")


def context(now: datetime) -> dict[str, Any]:
    """Return what `gallery.html` needs."""
    form = Sample(
        MultiDict(
            {
                "name": "Ada Lindqvist",
                "iban": "NL91 ABNA 0417 1643 01",
                "reference": "HQ-4817-2026",
                "amount": "25,000",
                "rule": "pro-rata",
            }
        )
    )
    form.validate()
    return {
        "form": form,
        "eur": EUR,
        "m": M,
        "deals": [_deal(*row) for row in DEALS],
        "closes": now + timedelta(days=54, hours=3),
        "soon": now + timedelta(hours=52),
        "very_soon": now + timedelta(minutes=29, seconds=41),
        "earlier": now - timedelta(minutes=12),
        "menu_items": [
            NavItem(label="Rename", url="#main", icon="edit"),
            NavItem(label="Duplicate", url="#main", icon="copy"),
            NavItem(label="Remove", url="#main", icon="trash", post=True),
        ],
        "labels": [
            "1 Oct",
            "8 Oct",
            "15 Oct",
            "22 Oct",
            "29 Oct",
            "5 Nov",
            "12 Nov",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "14 Jan",
        ],
        "values": [0, 1.8e6, 3.4e6, 5.2e6, 7e6, 9.1e6, 10.7e6, 12.21e6],
        "quarters": ["Q1 25", "Q2 25", "Q3 25", "Q4 25", "Q1 26", "Q2 26", "Q3 26"],
        "paid_in": [250_000, 0, 400_000, 300_000, 0, 150_000, 0],
        "paid_out": [0, 12_500, 12_500, 18_750, 18_750, 82_000, 24_000],
    }


DEALS = (
    (
        "Harbour Quarter, Rotterdam",
        "real_estate",
        "facade",
        "Real estate debt, Rotterdam, NL",
        "Senior bridge loan on 214 rental homes beside the Maashaven. First mortgage, 61% loan to value, repaid by a "
        "signed pension-fund take-out.",
        "brand",
        "Open",
        (("Coupon", "9.4% a year"), ("Term", "30 months"), ("Minimum", 5000)),
        12.21,
        1.295,
        10,
        18.5,
        186,
        "54 days left",
    ),
    (
        "Kestrel Wind Repowering",
        "equity",
        "turbines",
        "Energy equity, Northumberland, UK",
        "Four turbines replace eleven from 2003. Grid connection and a 12-year offtake are in place.",
        "warn",
        "Closing soon",
        (("Target IRR", "11.2%"), ("Hold", "7 years"), ("Minimum", 5000)),
        6.84,
        0.18,
        4,
        7.2,
        312,
        "4 days left",
    ),
    (
        "Brunnen District Heat",
        "debt",
        "mains",
        "Infrastructure debt, Schwyz, CH",
        "Lake-source heat for 1,900 flats. Tariff set by the canton, senior to all other lenders.",
        "brand",
        "Open",
        (("Coupon", "8.1% a year"), ("Term", "8 years"), ("Minimum", 50000)),
        8.1,
        0.6,
        12,
        30,
        44,
        "99 days left",
    ),
    (
        "Orrery Diagnostics, Series B",
        "equity",
        "lab",
        "Venture equity, Utrecht, NL",
        "A blood test for early sepsis, read in eleven minutes. Two hospitals use it; the round pays for approval.",
        "brand",
        "Open",
        (("Price", "EUR 18.40"), ("Pre-money", "EUR 42 m"), ("Minimum", 2500)),
        4.32,
        0.2,
        6,
        9,
        97,
        "118 days left",
    ),
    (
        "Meridian Access Token",
        "token",
        "lattice",
        "Token, Lisbon, PT",
        "Prepaid berths in six marinas, sold by the night and tradable between members after the season.",
        "",
        "Coming soon",
        (("Price", "EUR 2.50"), ("Unlock", "12 months"), ("Minimum", 500)),
        0,
        1.1,
        2,
        5,
        0,
        "opens 11 Jan 2027",
    ),
)


def _deal(
    name: str,
    kind: str,
    plate: str,
    place: str,
    text: str,
    tone: str,
    state: str,
    facts: Any,
    raised: float,
    reserved: float,
    soft: float,
    hard: float,
    investors: int,
    closes: str,
) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "plate": plate,
        "place": place,
        "text": text,
        "tone": tone,
        "state": state,
        "facts": facts,
        "raised": round(raised * M),
        "reserved": round(reserved * M),
        "soft": round(soft * M),
        "hard": round(hard * M),
        "investors": investors,
        "closes": closes,
        "shape": "wait" if state == "Coming soon" else "",
    }
