"""The words of profiles: kinds, reasons, and what is wrong with a value."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.modules.profiles import rules

KINDS = {
    "individual": _l("Individual"),
    "joint": _l("Joint holders"),
    "company": _l("Company"),
    "trust": _l("Trust"),
}
NO_TIN = {
    "": _l("I have a number"),
    "not-issued": _l("This country gives out none"),
    "not-obtained": _l("I couldn't get one"),
    "not-asked": _l("This country's law doesn't ask for it"),
}


def sentence(field: str, code: str) -> str:
    """Return what is wrong with a value and what to do, in the reader's language."""
    if code == "missing":
        return _missing(field)
    if code == "long":
        return str(_("This is too long: at most %(max)d characters.", max=rules.LENGTHS.get(field, rules.USUAL_LENGTH)))
    sentences: dict[str, str] = {
        "date": _("Enter a date, for example 1987-05-23."),
        "young": _("The person has to be at least %(years)s years old.", years=rules.YOUNGEST),
        "old": _("Check the year."),
        "country": _("Choose a country from the list."),
        "phone": _("Enter the number with its country, for example +31 20 123 4567."),
        "tin": _("A tax number has 3 to 30 letters and digits, at least one of them a digit."),
        "tin-or-reason": _("Enter the tax number, or choose why there is none."),
        "one-of-both": _("There is a number above: choose that you have one, or clear the number."),
        "twice": _("This country stands here twice. Name each country once."),
        "many": _("These are too many."),
        "email": _("Enter an e-mail address like name@example.org."),
        "lei": _("An LEI has 20 letters and digits, the last two check the others. Compare it with the register."),
        "owners": _("Name everybody who owns 25 % or more, or tick that nobody does."),
        "owners-and-none": _("Owners are named above. Clear them, or take the tick away."),
        "share": _("Enter the share in percent, from 25 to 100."),
        "shares": _("Together the shares are more than 100 %. Correct them."),
    }
    return sentences[code]


def _missing(field: str) -> str:
    sentences: dict[str, str] = {
        "name": _("Enter the name."),
        "born": _("Enter the date of birth."),
        "email": _("Enter the e-mail address."),
        "number": _("Enter the number under which it is registered."),
        "country": _("Choose the country."),
        "address": _("Enter the address."),
        "trustees": _("Name at least one trustee."),
    }
    return sentences.get(field) or _("Enter the name.")
