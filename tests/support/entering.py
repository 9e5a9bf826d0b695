"""A provider, an issuer of tokens and wallets as a site has them that has used them for a while."""

from uuid import UUID

from joserfc.jwk import RSAKey
from sqlalchemy.orm import Session

from app.core import clock
from app.modules.federation.models import IdentityProvider, JwtIssuer, LinkedIdentity
from app.modules.wallets.models import Wallet
from tenants import ids

ISSUER = "https://id.example.com"


def others_sign_in(session: Session, user_id: UUID) -> dict[str, UUID]:
    """Give the site a provider that answers and an issuer in trouble, and the person a connection and two wallets.

    Return their ids, by the names that addresses give them.
    """
    now, keys = clock.now(), {"keys": [RSAKey.generate_key(2048, {"kid": "one"}).as_dict(private=False)]}
    document = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    provider = IdentityProvider(
        id=ids.new(),
        slug="acme-id",
        name="Acme ID",
        preset="other",
        issuer=ISSUER,
        client_id="portico",
        scopes="openid email profile",
        enabled=True,
        document={"issuer": ISSUER, **document},
        keys=keys,
        keys_at=now,
        checked_at=now,
        created_at=now,
    )
    issuer = JwtIssuer(
        id=ids.new(),
        name="Trading desk",
        issuer=f"{ISSUER}/tokens",
        audience="acme-api",
        keys_url=f"{ISSUER}/keys",
        role_claim="groups",
        role_map={"desk": "investor"},
        trouble="The address couldn't be reached. Check it and try again.",
        created_at=now,
    )
    session.add_all([provider, issuer])
    session.flush()
    identity_id, wallet_id = ids.new(), ids.new()
    session.add(
        LinkedIdentity(
            id=identity_id,
            provider_id=provider.id,
            subject="sub-7",
            user_id=user_id,
            email="ada@acme.example",
            linked_at=now,
            used_at=now,
        )
    )
    kinds = (
        ("0x52908400098527886E0F7030069857D2E4169EE7", "key"),
        ("0x8617E340B3D01FA5F11F306F4090FD50E238070D", "contract"),
    )
    for number, (address, kind) in enumerate(kinds):
        session.add(
            Wallet(
                id=ids.new() if number else wallet_id,
                user_id=user_id,
                address=address,
                kind=kind,
                label="Cold wallet" if number else "",
                chain_id=31337,
                is_default=not number,
                linked_at=now,
                used_at=now if number else None,
            )
        )
    session.flush()
    return {
        "provider_id": provider.id,
        "issuer_id": issuer.id,
        "identity_id": identity_id,
        "wallet_id": wallet_id,
    }
