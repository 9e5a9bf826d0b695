"""What administrators type about providers and issuers, and what people say who come back from one."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.modules.federation import forms_terms, rules
from app.modules.federation.service_admin import IssuerTerms, ProviderTerms
from app.web.countries import countries

PRESETS = {
    "other": _l("Any OpenID Connect provider"),
    "auth0": "Auth0",
    "google": "Google",
    "microsoft": "Microsoft Entra ID",
    "keycloak": "Keycloak",
}


def _stripped(typed: str | None) -> str | None:
    return typed.strip() if typed else typed


def _text(label: Any, *, missing: Any = None, most: int = 200, **options: Any) -> StringField:
    checks: list[Any] = [InputRequired(missing)] if missing else []
    checks.append(Length(max=most, message=_l("At most %(max)d characters.")))
    return StringField(label, checks, filters=[_stripped], **options)


def _taken(check: Callable[..., Any], *values: str) -> Any:
    """Return what a check makes of values, or show beside the field what it says."""
    try:
        return check(*values)
    except ValueError as refused:
        raise ValidationError(str(refused)) from None


class _MapForm(FlaskForm):  # type: ignore[misc]  # the package has no types
    """What both kinds have: who may become what by a claim."""

    role_claim = _text(
        _l("Claim with groups or roles"),
        description=_l("For example groups, or realm_access.roles. Empty: roles are given here alone."),
    )
    role_map = TextAreaField(
        _l("Which group is which role"),
        [Optional(), Length(max=5000)],
        description=_l("One line each: group = role. Roles: investor, issuer, compliance_officer, tenant_admin."),
        render_kw={"dir": "ltr", "rows": "4"},
    )
    makes_admins = BooleanField(_l("It may also decide who administers this site"))
    trusts_email = BooleanField(_l("Its e-mail addresses count as confirmed even where it doesn't say so"))

    def validate_role_map(self, field: TextAreaField) -> None:
        """Refuse a map that can't be read."""
        try:
            rules.read_role_map(field.data or "")
        except ValueError as line:
            raise ValidationError(_("This line can't be read: %(line)s. Write group = role.", line=str(line))) from None


class ProviderForm(_MapForm):
    """A provider. The preset is chosen before and doesn't change."""

    name = _text(_l("Name on the sign-in page"), missing=_l("Enter a name that people know."), most=60)
    issuer = _text(_l("Issuer"), most=500, render_kw={"dir": "ltr", "spellcheck": "false"})
    client_id = _text(
        _l("Client ID"), missing=_l("Enter the client ID that the provider gave you."), render_kw={"dir": "ltr"}
    )
    secret = PasswordField(
        _l("Client secret"), [Optional(), Length(max=500)], render_kw={"dir": "ltr", "autocomplete": "off"}
    )
    scopes = _text(_l("Scopes"), default="openid email profile", render_kw={"dir": "ltr"})
    opens_accounts = BooleanField(_l("People without an account here may open one by it"))

    def __init__(self, *arguments: Any, preset: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.preset = preset
        self.issuer.description = forms_terms.ISSUERS[preset]
        self.issuer.flags.plain = self.secret.flags.plain = self.scopes.flags.plain = True

    def validate_issuer(self, field: StringField) -> None:
        """Refuse an issuer that the preset doesn't have, or that can't be asked."""
        field.data = _taken(forms_terms.provider_issuer, self.preset, field.data or "")

    def validate_scopes(self, field: StringField) -> None:
        """See that what is asked for makes it OpenID Connect."""
        field.data = forms_terms.scopes(field.data or "")

    def terms(self) -> ProviderTerms:
        """Return what was typed."""
        return ProviderTerms(
            name=self.name.data or "",
            preset=self.preset,
            issuer=self.issuer.data or "",
            client_id=self.client_id.data or "",
            secret=self.secret.data or "",
            scopes=self.scopes.data or "openid",
            role_claim=self.role_claim.data or "",
            role_map=rules.read_role_map(self.role_map.data or ""),
            opens_accounts=self.opens_accounts.data,
            trusts_email=self.trusts_email.data,
            makes_admins=self.makes_admins.data,
        )


class IssuerForm(_MapForm):
    """An issuer of tokens for the JSON door."""

    name = _text(_l("Name"), missing=_l("Enter a name."), most=60)
    issuer = _text(
        _l("Issuer"),
        missing=_l("Enter what its tokens say as iss."),
        most=500,
        description=_l("Exactly what the tokens say as iss."),
        render_kw={"dir": "ltr", "spellcheck": "false"},
    )
    audience = _text(
        _l("Audience"),
        missing=_l("Enter what its tokens for this site say as aud."),
        description=_l("What its tokens for this site say as aud. A value of your own keeps tokens for others out."),
        render_kw={"dir": "ltr"},
    )
    keys_url = _text(
        _l("Address of its keys"),
        most=500,
        description=_l("Where it publishes its key set. Empty: paste the keys below."),
        render_kw={"dir": "ltr", "spellcheck": "false"},
    )
    keys_text = TextAreaField(
        _l("Key set"), [Length(max=20000)], render_kw={"dir": "ltr", "rows": "5", "spellcheck": "false"}
    )
    email_claim = _text(
        _l("Claim with the e-mail address"), missing=_l("Enter the claim’s name."), default="email",
        render_kw={"dir": "ltr"},
    )  # fmt: skip

    def validate_issuer(self, field: StringField) -> None:
        """Refuse a name that could be anybody's."""
        _taken(forms_terms.token_issuer, field.data or "")

    def validate_keys_url(self, field: StringField) -> None:
        """Refuse an address that can't be asked."""
        if field.data:
            _taken(forms_terms.address, field.data)

    def validate_keys_text(self, field: TextAreaField) -> None:
        """Refuse what isn't a set of public keys; ask for one of the two."""
        if self.keys_url.data:
            return
        self.keys = _taken(forms_terms.pasted_keys, field.data or "")

    def terms(self) -> IssuerTerms:
        """Return what was typed."""
        return IssuerTerms(
            name=self.name.data or "",
            issuer=self.issuer.data or "",
            audience=self.audience.data or "",
            keys_url=self.keys_url.data or "",
            keys=getattr(self, "keys", {}),
            email_claim=self.email_claim.data or "email",
            role_claim=self.role_claim.data or "",
            role_map=rules.read_role_map(self.role_map.data or ""),
            trusts_email=self.trusts_email.data,
            makes_admins=self.makes_admins.data,
        )


class ButtonForm(FlaskForm):  # type: ignore[misc]
    """A button alone."""


class ProofForm(FlaskForm):  # type: ignore[misc]
    """The password of the account here, once."""

    password = PasswordField(
        _l("Password"), [InputRequired(_l("Enter a password."))], render_kw={"autocomplete": "current-password"}
    )


class OpeningForm(FlaskForm):  # type: ignore[misc]
    """What a new account needs that the provider doesn't know."""

    name = StringField(
        _l("Full name"),
        [InputRequired(_l("Enter your name.")), Length(max=120, message=_l("At most 120 characters."))],
        filters=[_stripped],
        render_kw={"autocomplete": "name"},
    )
    country = SelectField(
        _l("Country of residence"),
        [InputRequired(_l("Choose the country you live in."))],
        render_kw={"autocomplete": "country"},
    )
    terms = BooleanField(
        _l("I agree to the terms of use and have read the privacy notice."),
        [InputRequired(_l("Your agreement is needed to open an account."))],
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        listed = [("", _("Choose a country")), *countries()]
        self.country.choices = [SelectChoice(code, name) for code, name in listed]
