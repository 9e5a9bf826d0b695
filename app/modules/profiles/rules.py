"""What may be said of a person and of those in whose name they invest. Problems are codes; forms have the words."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

INDIVIDUAL = "individual"
KINDS = ("joint", "company", "trust")
PERSONAL = ("legal_name", "born", "nationality", "street", "postcode", "city", "country", "phone")
RESIDENCE = ("country", "tin", "reason")
NO_TIN = ("not-issued", "not-obtained", "not-asked")  # the three reasons of the OECD's Common Reporting Standard
OWNER = ("name", "share")
FIELDS = {
    "joint": ("name", "born", "email"),
    "company": ("name", "number", "country", "lei", "address"),
    "trust": ("name", "country", "trustees"),
}
OPTIONAL = frozenset({"lei"})
LENGTHS = {"address": 400, "trustees": 1000, "number": 60, "postcode": 20, "email": 254, "street": 200}
USUAL_LENGTH = 120
MOST_RESIDENCES = 3
LEAST_SHARE, WHOLE = Decimal(25), Decimal(100)  # percent; who holds less isn't named
MOST_OWNERS = 4
MOST_PROFILES = 10
YOUNGEST, OLDEST = 18, 120  # years

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164
_TIN = re.compile(r"(?=.*[0-9])[0-9A-Za-z][0-9A-Za-z ./-]{2,29}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}", re.ASCII)

Problems = dict[str, str]


@dataclass(frozen=True)
class Holder:
    """In whose name somebody invests. `name` names everybody; `profile_id` is None for the person alone."""

    kind: str
    name: str
    profile_id: UUID | None = None
    country: str = ""

    @property
    def key(self) -> str:
        return str(self.profile_id or INDIVIDUAL)

    def snapshot(self) -> dict[str, str]:
        """Return what an investment keeps of it."""
        return {"kind": self.kind, "name": self.name, "profile": str(self.profile_id or "")}


def named(kind: str, name: str, own_name: str) -> str:
    """Return who holds: joint holders are both named."""
    return f"{own_name} & {name}" if kind == "joint" else name


def plain_name(name: str) -> str:
    """Return a name as it may stand in a mail to somebody else: nothing in it can be taken for an address or a link."""
    return " ".join(re.sub(r"[^\w\s'’-]|[\d_]", " ", name).split())[:60]


def is_lei(text: str) -> bool:
    """Tell whether this is a legal entity identifier with the right check digits: ISO 17442, by ISO 7064 MOD 97-10."""
    return bool(_LEI.fullmatch(text)) and int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1


def clean_personal(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of what was typed: texts without space around them, and the filled residences."""
    kept: dict[str, Any] = {name: _text(values.get(name)) for name in PERSONAL}
    kept["phone"] = re.sub(r"[\s().-]", "", kept["phone"])
    kept["residences"] = _filled(values.get("residences") or (), RESIDENCE)
    return kept


def personal_problems(values: Mapping[str, Any], *, countries: Collection[str], today: date) -> Problems:
    """Return field → code for cleaned personal data; everything may be left out, a tax residence only as a whole."""
    found = {name: "long" for name in PERSONAL if len(values[name]) > _longest(name)}
    if values["born"]:
        _note(found, "born", _born_problem(values["born"], today))
    for name in ("country", "nationality"):
        if values[name] and values[name] not in countries:
            found[name] = "country"
    if values["phone"] and not _PHONE.fullmatch(values["phone"]):
        found["phone"] = "phone"
    found |= _residence_problems(values["residences"], countries)
    return found


def _residence_problems(residences: Sequence[Mapping[str, str]], countries: Collection[str]) -> Problems:
    found: Problems = {}
    if len(residences) > MOST_RESIDENCES:
        found["residences"] = "many"
    seen: set[str] = set()
    for number, each in enumerate(residences, 1):
        place = f"tax_{number}_"
        if each["country"] not in countries:
            found[place + "country"] = "country"
        elif each["country"] in seen:
            found[place + "country"] = "twice"
        seen.add(each["country"])
        if each["tin"] and not _TIN.fullmatch(each["tin"]):
            found[place + "tin"] = "tin"
        elif not each["tin"] and each["reason"] not in NO_TIN:
            found[place + "tin"] = "tin-or-reason"
        elif each["tin"] and each["reason"]:
            found[place + "reason"] = "one-of-both"
    return found


def clean(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a profile of this kind."""
    kept: dict[str, Any] = {name: _text(values.get(name)) for name in FIELDS[kind]}
    if kind == "joint":
        kept["email"] = kept["email"].lower()
    if kind == "company":
        kept["lei"] = re.sub(r"\s", "", kept["lei"]).upper()
        kept["owners"] = [
            {**each, "share": each["share"].replace(",", ".").rstrip("% ")}
            for each in _filled(values.get("owners") or (), OWNER)
        ]
        kept["no_owner"] = bool(values.get("no_owner"))
    if kind == "trust":
        kept["trustees"] = "\n".join(line.strip() for line in kept["trustees"].splitlines() if line.strip())
    return kept


def problems(kind: str, values: Mapping[str, Any], *, countries: Collection[str], today: date) -> Problems:
    """Return field → code for a cleaned profile."""
    found = {name: "missing" for name in FIELDS[kind] if not values[name] and name not in OPTIONAL}
    found |= {name: "long" for name in FIELDS[kind] if len(values[name]) > _longest(name)}
    if values.get("country") and values["country"] not in countries:
        found["country"] = "country"
    if kind == "joint" and values["born"]:
        _note(found, "born", _born_problem(values["born"], today))
    if kind == "joint" and values["email"] and not _EMAIL.fullmatch(values["email"]):
        found["email"] = "email"
    if kind == "company":
        if values["lei"] and not is_lei(values["lei"]):
            found["lei"] = "lei"
        found |= _owner_problems(values["owners"], none=values["no_owner"])
    return found


def _owner_problems(owners: Sequence[Mapping[str, str]], *, none: bool) -> Problems:
    found: Problems = {}
    if none and owners:
        found["no_owner"] = "owners-and-none"
    if not none and not owners:
        found["owner_1_name"] = "owners"
    if len(owners) > MOST_OWNERS:
        found["owners"] = "many"
    held = Decimal(0)
    for number, each in enumerate(owners, 1):
        if not each["name"]:
            found[f"owner_{number}_name"] = "missing"
        elif len(each["name"]) > USUAL_LENGTH:
            found[f"owner_{number}_name"] = "long"
        share = _share(each["share"])
        if share is None or not LEAST_SHARE <= share <= WHOLE:
            found[f"owner_{number}_share"] = "share"
            continue
        held += share
        if held > WHOLE:
            found[f"owner_{number}_share"] = "shares"
    return found


def _share(text: str) -> Decimal | None:
    try:
        return Decimal(text) if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", text, re.ASCII) else None
    except InvalidOperation:
        return None


def _born_problem(text: str, today: date) -> str:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return "date"
    age = today.year - born.year - (0 if (today.month, today.day) >= (born.month, born.day) else 1)
    return "young" if age < YOUNGEST else "old" if age > OLDEST else ""


def _note(found: Problems, name: str, code: str) -> None:
    if code:
        found[name] = code


def _longest(name: str) -> int:
    return LENGTHS.get(name, USUAL_LENGTH)


def _filled(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows in which something stands."""
    cleaned = [{name: _text(row.get(name)) for name in names} for row in rows]
    return [row for row in cleaned if any(row.values())]


def _text(value: Any) -> str:
    return str(value or "").strip()
