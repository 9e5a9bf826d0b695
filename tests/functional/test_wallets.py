"""Linking wallets and signing in by them, by the forms alone."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from re import DOTALL, search
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_account.signers.local import LocalAccount
from sqlalchemy import select, update

from app import wiring
from app.config import Settings
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts.models import User, UserSession
from app.modules.wallets import rules
from app.modules.wallets.models import Challenge, Wallet
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import acts, person, signed_in
from tests.support import erc1271, tally
from tests.support.http import Visitor
from tests.support.work import World


def message_of(visitor: Visitor) -> str:
    """Return the message that the page shows."""
    found = search(r"<pre[^>]*>(.*?)</pre>", visitor.text, DOTALL)
    assert found, visitor.text
    return unescape(found[1])


def signature(wallet: LocalAccount, text: str) -> str:
    return "0x" + bytes(wallet.sign_message(encode_defunct(text=text)).signature).hex()


def linked(visitor: Visitor, wallet: LocalAccount) -> None:
    """Add the wallet to the account by hand."""
    visitor.get("/account/wallets").submit("/account/wallets", address=wallet.address)
    visitor.submit(visitor.path, signature=signature(wallet, message_of(visitor)))
    assert "The wallet is yours" in visitor.text, visitor.text
    visitor.submit("/account/wallets/add/" + visitor.path.rpartition("/")[2])
    assert visitor.path == "/account/wallets", visitor.text


def asked(visitor: Visitor, address: str) -> str:
    """Begin to sign in; return the message."""
    visitor.get("/wallet?next=/account").submit("/wallet", address=address)
    assert visitor.status == 200, visitor.text
    return message_of(visitor)


def answered(visitor: Visitor, signed: str) -> Visitor:
    """Paste the signature and go on."""
    visitor.submit(visitor.path, signature=signed)
    if visitor.status == 200 and "/finish" in visitor.text:
        visitor.submit("/finish")
    return visitor


def wallets(site: Site) -> list[Wallet]:
    with tenant_session(site.id) as session:
        return list(session.scalars(select(Wallet).order_by(Wallet.linked_at)))


@pytest.fixture
def alice(app: Platform, acme: Site) -> Visitor:
    person(acme, "alice")
    return signed_in(app, acme, "alice")


def test_a_wallet_is_linked_and_signs_its_person_in(app: Platform, acme: Site, alice: Visitor) -> None:
    wallet = Account.create()
    assert "Continue with a wallet" not in Visitor(app, acme.host).get("/login").text
    linked(alice, wallet)
    assert "wallet.linked" in acts(acme)
    stranger = Visitor(app, acme.host).get("/login?next=/account")
    assert "Continue with a wallet" in stranger.text
    message = asked(stranger, wallet.address.lower())
    read = rules.read(message)
    assert read is not None
    assert (read.domain, read.address, read.chain_id) == (acme.host, wallet.address, acme.settings.chain_id)
    answered(stranger, signature(wallet, message))
    assert stranger.path == "/account", stranger.text
    assert "alice@example.org" in stranger.text


def test_a_message_is_good_once_for_ten_minutes_in_its_browser(app: Platform, acme: Site, alice: Visitor) -> None:
    wallet = Account.create()
    linked(alice, wallet)
    first, thief = Visitor(app, acme.host), Visitor(app, acme.host)
    good = signature(wallet, asked(first, wallet.address))
    path = first.path
    thief.get("/wallet").submit("/wallet", address=wallet.address)
    token = thief.form().fields["csrf_token"]
    assert thief.post(path, {"signature": good, "csrf_token": token}).status == 404
    assert thief.get(path).status == 404
    answered(first, good)
    assert first.path == "/account"
    token = first.form().fields["csrf_token"]
    assert first.post(path + "/finish", {"csrf_token": token}, follow=False).status == 404  # used up
    again = Visitor(app, acme.host)
    asked(again, wallet.address)
    token = again.form().fields["csrf_token"]
    assert again.submit(again.path, signature=good).status == 200  # checked against another message: not a key's
    assert "Asking the wallet" in again.text
    assert again.post(path, {"signature": good, "csrf_token": token}).status == 404
    late = Visitor(app, acme.host)
    good = signature(wallet, asked(late, wallet.address))
    with tenant_session(acme.id) as session:
        session.execute(update(Challenge).values(expires_at=Challenge.expires_at - rules.LASTS))
    assert late.submit(late.path, signature=good).status == 404
    tally.count("B38 wallet messages: replays and thefts refused", 5)


def test_a_proof_is_used_up(app: Platform, acme: Site, alice: Visitor) -> None:
    wallet = Account.create()
    linked(alice, wallet)
    browser = Visitor(app, acme.host)
    good = signature(wallet, asked(browser, wallet.address))
    path = browser.path
    answered(browser, good)
    assert browser.path == "/account"
    browser.submit("/logout")
    assert browser.get("/account", follow=False).status == 303
    token = browser.get("/wallet").form("/wallet").fields["csrf_token"]
    assert browser.post(f"{path}/finish", {"csrf_token": token}).status == 404
    assert browser.get("/account", follow=False).status == 303
    tally.count("B38 wallet messages: replays and thefts refused", 1)


def test_signatures_of_anything_else_are_refused(
    app: Platform, acme: Site, zeta: Site, alice: Visitor, world: World
) -> None:
    wallet, other = Account.create(), Account.create()
    linked(alice, wallet)
    typed = {"domain": {"name": "x"}, "message": {"contents": "x"}, "primaryType": "Mail",
             "types": {"EIP712Domain": [{"name": "name", "type": "string"}], "Mail": [{"name": "contents", "type": "string"}]}}  # fmt: skip  # noqa: E501
    lies: dict[str, Callable[[str], str]] = {
        "another key": lambda text: signature(other, text),
        "another domain": lambda text: signature(wallet, text.replace(acme.host, zeta.host)),
        "another nonce": lambda text: signature(wallet, text.replace("Nonce: ", "Nonce: a")),
        "another chain": lambda text: signature(wallet, text.replace("Chain ID: ", "Chain ID: 1")),
        "another statement": lambda text: signature(wallet, text.replace("Sign in.", "Pay me.")),
        "one line more": lambda text: signature(wallet, text + "\n"),
        "typed data": lambda _text: "0x" + bytes(wallet.sign_message(encode_typed_data(full_message=typed))[4]).hex(),
        "a changed signature": lambda text: signature(wallet, text)[:-4] + "0000",
    }  # fmt: skip
    for lie, made in lies.items():
        stranger = Visitor(app, acme.host)
        text = asked(stranger, wallet.address)
        stranger.submit(stranger.path, signature=made(text))
        world_of(world).settle()
        stranger.get(stranger.path)
        assert "Sign this message" in stranger.text, lie
        assert stranger.get("/account", follow=False).status == 303, lie
    for junk in ("", "0x", "hello", "0x12zz", "0x" + "ab" * 5000, "0x123"):
        stranger = Visitor(app, acme.host)
        asked(stranger, wallet.address)
        assert stranger.submit(stranger.path, signature=junk).status == 422, junk
    tally.count("B38 wallet messages: wrong signatures", len(lies) + 6)


def world_of(world: World) -> World:
    """A worker whose chain knows no contracts."""

    class Bare:
        def code(self, _address: str, *, at: object) -> bytes:
            assert at == "latest"
            return b""

    return World(world.settings, replace(world.ports, chain=Bare()))  # type: ignore[arg-type]


@pytest.fixture
def chained(chain_settings: Settings) -> World:
    """A worker on the run's real chain."""
    return World(chain_settings, wiring.ports(chain_settings))


def test_a_contract_says_itself_who_signs_for_it(
    app: Platform, acme: Site, alice: Visitor, chained: World, chain_settings: Settings
) -> None:
    owner, thief = Account.create(), Account.create()
    address = erc1271.deploy(chain_settings.rpc_url, owner.address)
    alice.get("/account/wallets").submit("/account/wallets", address=address)
    text = message_of(alice)
    alice.submit(alice.path, signature=signature(thief, text))
    assert 'http-equiv="refresh"' in alice.text
    chained.settle()
    alice.get(alice.path)
    assert "didn&#39;t sign this message" in alice.text
    alice.submit(alice.path, signature=signature(owner, text))
    chained.settle()
    alice.get(alice.path).submit("/account/wallets/add/" + alice.path.rpartition("/")[2])
    assert [(one.address, one.kind) for one in wallets(acme)] == [(address, "contract")]
    stranger = Visitor(app, acme.host)
    signed = signature(owner, asked(stranger, address))
    stranger.submit(stranger.path, signature=signed)
    chained.settle()
    stranger.get(stranger.path).submit("/finish")
    assert stranger.path == "/account", stranger.text


def test_a_wallet_belongs_to_one_account_and_only_linked_ones_sign_in(
    app: Platform, acme: Site, alice: Visitor
) -> None:
    wallet = Account.create()
    stranger = Visitor(app, acme.host)
    answered(stranger, signature(wallet, asked(stranger, wallet.address)))
    assert stranger.status == 422
    assert "No account here has this wallet" in stranger.text
    linked(alice, wallet)
    person(acme, "bob")
    bob = signed_in(app, acme, "bob")
    bob.get("/account/wallets").submit("/account/wallets", address=wallet.address)
    bob.submit(bob.path, signature=signature(wallet, message_of(bob)))
    bob.submit("/account/wallets/add/" + bob.path.rpartition("/")[2])
    assert bob.status == 409
    assert "Another account here has this wallet" in bob.text
    for typed in ("", "0x12", "vitalik.eth", wallet.address[:-1] + "g", wallet.address.swapcase()):
        assert bob.get("/account/wallets").submit("/account/wallets", address=typed).status == 422, typed


def test_an_account_whose_address_was_never_confirmed_isnt_entered(app: Platform, acme: Site, alice: Visitor) -> None:
    wallet = Account.create()
    linked(alice, wallet)
    with tenant_session(acme.id) as session:
        session.execute(update(User).where(User.email == "alice@example.org").values(email_verified_at=None))
    stranger = Visitor(app, acme.host)
    assert answered(stranger, signature(wallet, asked(stranger, wallet.address))).status == 422


def test_several_wallets_one_default_names_and_removal(app: Platform, acme: Site, alice: Visitor) -> None:
    one, two = Account.create(), Account.create()
    linked(alice, one)
    linked(alice, two)
    first, second = wallets(acme)
    assert (first.is_default, second.is_default) == (True, False)
    alice.submit(f"/{second.id}/default")
    assert [wallet.is_default for wallet in wallets(acme)] == [False, True]
    alice.submit(f"/{second.id}/name", label="Cold one")
    assert "Cold one" in alice.text
    alice.submit(f"/{second.id}/remove")
    assert [(wallet.address, wallet.is_default) for wallet in wallets(acme)] == [(one.address, True)]
    assert acts(acme)[-1] == "wallet.unlinked"


def test_removing_a_wallet_asks_who_one_is_after_five_minutes(app: Platform, acme: Site, alice: Visitor) -> None:
    wallet = Account.create()
    linked(alice, wallet)
    with tenant_session(acme.id) as session:
        session.execute(update(UserSession).values(proved_at=UserSession.proved_at - timedelta(minutes=6)))
    alice.get("/account/wallets").submit(f"/{wallets(acme)[0].id}/remove")
    assert len(wallets(acme)) == 1


def test_a_wallet_doesnt_replace_the_second_factor_that_a_role_needs(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto, wallet = signed_in(app, acme, "otto"), Account.create()
    linked(otto, wallet)
    tenancy.change_settings(acme.id, {"second_factor_roles": ["tenant_admin"]})
    again = Visitor(app, acme.host)
    answered(again, signature(wallet, asked(again, wallet.address)))
    assert again.path not in ("/account", "/")
    assert again.get("/manage/people", follow=False).status in (303, 403)


def test_the_script_speaks_the_same_steps_as_json(app: Platform, acme: Site, alice: Visitor) -> None:
    wallet = Account.create()
    token = alice.get("/account/wallets").form("/account/wallets").fields["csrf_token"]
    headers = {"X-CSRFToken": token, "Accept": "application/json"}

    def sent(path: str, body: dict[str, Any]) -> dict[str, Any]:
        options = {"data": json.dumps(body), "content_type": "application/json", "headers": headers}
        alice.page = alice.client.post(path, base_url=f"http://{acme.host}", **options)
        return dict(alice.page.get_json())

    said = sent("/account/wallets", {"address": wallet.address})
    signed = signature(wallet, said["message"])
    sent(said["answer"], {"signature": signed, "message": said["message"] + " "})
    assert alice.status == 422
    assert sent(said["answer"], {"signature": signed, "message": said["message"]})["next"] == said["answer"]
    assert "The wallet is yours" in alice.get(said["answer"]).text
    for body in ([], {}, {"address": 7}, {"address": "0x"}):
        alice.page = alice.client.post(
            "/account/wallets", base_url=f"http://{acme.host}", data=json.dumps(body), content_type="application/json",
            headers=headers,
        )  # fmt: skip
        assert alice.status in (400, 422), body


def test_messages_are_written_and_read_as_the_standard_has_them() -> None:
    example = (
        "example.com wants you to sign in with your Ethereum account:\n"
        "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\n\n"
        "I accept the ExampleOrg Terms of Service: https://example.com/tos\n\n"
        "URI: https://example.com/login\nVersion: 1\nChain ID: 1\nNonce: 32891756\n"
        "Issued At: 2021-09-30T16:25:24.000Z"
    )
    message = rules.read(example)
    assert message is not None
    assert message.issued_at == datetime(2021, 9, 30, 16, 25, 24, tzinfo=UTC)
    assert rules.write(message) == example
    for changed in ("\n" + example, example + "\n", example.replace("Version: 1", "Version: 2"), example[:-1], ""):
        assert rules.read(changed) is None, changed
