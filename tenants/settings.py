"""A tenant's settings, brand and features: every value typed and validated before it is stored (T3, T4, T8)."""

from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from tenants.errors import InvalidSetting

Languages = Literal["en", "ar"]
Pack = Literal["modern", "classic", "minimal"]
Font = Literal["system", "instrument-sans", "newsreader", "readex-pro", "vazirmatn"]
FactorRole = Literal["investor", "issuer", "compliance_officer", "tenant_admin", "super_admin"]
HexColour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


_Model = TypeVar("_Model", bound=BaseModel)


class FeatureName(StrEnum):
    """Everything a tenant can switch on or off."""

    ESCROW = "escrow"
    P2P = "p2p"
    SECONDARY_MARKET = "secondary_market"
    GROUPS = "groups"
    TOKENIZATION = "tokenization"
    LENDING = "lending"
    STAKING = "staking"
    SOCIAL = "social"
    REFERRALS = "referrals"
    NEWSLETTER = "newsletter"
    GATEWAY = "gateway"
    BILLING_SERVER = "billing_server"
    CLOUD = "cloud"


@cache
def _zones() -> set[str]:
    return available_timezones()  # reads some hundred files


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("is not a time zone of the IANA database")
    return name


class _Typed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PaymentToken(_Typed):
    """A token investors may pay with; `display` is the currency shown, `decimals` those of the token."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3,8}$")]
    symbol: str = Field(min_length=1, max_length=11)
    chain_id: int = Field(gt=0)
    contract: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
    decimals: int = Field(ge=0, le=18)
    display_decimals: int = Field(default=2, ge=0, le=8)


class TenantSettings(_Typed):
    """What a tenant admin can set about the site."""

    languages: list[Languages] = Field(default=["en"], min_length=1)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Amsterdam"
    contact_email: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[A-Za-z0-9.-]{1,253}$")] = "hello@example.com"
    contact_address: str = Field(default="", max_length=300)
    legal_text: str = Field(default="", max_length=2000)
    terms_text: str = Field(default="", max_length=20000)
    privacy_text: str = Field(default="", max_length=20000)
    kyc_provider: Literal["manual"] = "manual"
    required_level: Literal["basic", "standard", "enhanced", "accredited"] = "standard"
    invest_while_pending: bool = True
    blocked_countries: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = []
    chain_id: int = Field(default=31337, gt=0)
    treasury: Annotated[str, Field(pattern=r"^(0x[0-9a-fA-F]{40})?$")] = ""
    payment_tokens: list[PaymentToken] = []
    second_factor_roles: list[FactorRole] = ["tenant_admin", "super_admin"]
    idle_minutes: int = Field(default=0, ge=0, le=480)  # 0: by role
    sponsor_fees: bool = False  # the platform pays people's network fees, as far as its budget goes
    sponsored_a_day: int = Field(default=3, ge=1, le=50)  # … so often for one person

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: list[str]) -> list[str]:
        return list(dict.fromkeys(languages))


class BrandingChoices(_Typed):
    """The few choices a theme is derived from; colours are solved for contrast when the sheet is made."""

    pack: Pack = "modern"
    brand: HexColour = "#23485a"
    tint: int = Field(default=225, ge=0, le=359)
    chroma: float = Field(default=0.006, ge=0, le=0.02)
    size: float = Field(default=1.0, ge=0.9, le=1.25)
    scale: float = Field(default=1.2, ge=1.1, le=1.35)
    radius: int = Field(default=8, ge=0, le=24)
    font_body: Font = "instrument-sans"
    font_head: Font | None = None
    mode: Literal["auto", "light", "dark"] = "auto"
    header_style: Literal["fixed", "floating", "static"] = "fixed"
    sidebar: Literal["left", "right"] | None = None
    back_office_sidebar: Literal["left", "right"] = "left"
    mark: Literal["ridge", "seal", "crescent", "arch", "none"] = "none"
    logo_light: UUID | None = None
    logo_dark: UUID | None = None
    favicon: UUID | None = None
    tagline: str = Field(default="", max_length=160)


def parse_settings(values: dict[str, Any]) -> TenantSettings:
    """Return validated settings. Raises InvalidSetting naming each field that is wrong."""
    return _parse(TenantSettings, values)


def parse_branding(values: dict[str, Any]) -> BrandingChoices:
    """Return validated brand choices. Raises InvalidSetting naming each field that is wrong."""
    return _parse(BrandingChoices, values)


def _parse(model: type[_Model], values: dict[str, Any]) -> _Model:
    try:
        return model.model_validate(values)
    except ValidationError as refused:
        problems = {".".join(str(part) for part in error["loc"]): error["msg"] for error in refused.errors()}
        raise InvalidSetting(problems) from None
