"""What is sealed for one row opens for that row alone."""

import pytest

from app.core import sealed
from tenants import ids

KEY, TENANT, ROW = "a secret key of the installation", ids.new(), ids.new()


def kept(plain: bytes = b"whsec_1") -> bytes:
    return sealed.seal(KEY, plain, tenant_id=TENANT, purpose="webhooks.secret", row_id=ROW)


def test_what_was_sealed_opens_again() -> None:
    assert sealed.unseal(KEY, kept(), tenant_id=TENANT, purpose="webhooks.secret", row_id=ROW) == b"whsec_1"


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert kept() != kept()
    assert b"whsec_1" not in kept()


@pytest.mark.parametrize(
    ("key", "tenant", "purpose", "row"),
    [
        ("another key", TENANT, "webhooks.secret", ROW),
        (KEY, ids.new(), "webhooks.secret", ROW),
        (KEY, TENANT, "factors.totp", ROW),
        (KEY, TENANT, "webhooks.secret", ids.new()),
    ],
)
def test_elsewhere_it_stays_shut(key: str, tenant: object, purpose: str, row: object) -> None:
    with pytest.raises(sealed.Unsealable):
        sealed.unseal(key, kept(), tenant_id=tenant, purpose=purpose, row_id=row)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_a_changed_value_stays_shut(place: int) -> None:
    text = bytearray(kept())
    text[place] ^= 1
    with pytest.raises(sealed.Unsealable):
        sealed.unseal(KEY, bytes(text), tenant_id=TENANT, purpose="webhooks.secret", row_id=ROW)
