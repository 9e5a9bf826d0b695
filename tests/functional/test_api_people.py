"""One's own wallets, data, profiles, connections and security through the interface, and signing in by a wallet."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from eth_account import Account
from sqlalchemy import select, update

from app import wiring
from app.config import Settings
from app.core import clock
from app.core.permissions import RECENT, Role
from app.core.scopes import FOR_KEYS
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.accounts.models import User, UserSession
from app.modules.tokens import service as tokens
from app.modules.tokens.models import Family
from app.modules.wallets import rules
from app.modules.wallets.models import Challenge
from tenants import ids
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import acts, events
from tests.functional.story_people import linked, signature
from tests.support import erc1271
from tests.support.investing import PASSWORD, person
from tests.support.programs import Program
from tests.support.work import World

ASK, PROVE = "/api/profile/wallets/challenges", "/api/profile/wallets/challenges/{challenge_id}"
ENTER, SIGNED = "/api/auth/wallet", "/api/auth/wallet/{challenge_id}"
WALLET = "/api/profile/wallets/{wallet_id}"
PROFILE = "/api/profile/profiles/{profile_id}"
JOINT = {"name": "Jan de Vries", "born": "1984-11-02", "email": "jan@example.com"}


@dataclass
class Cast:
    """Programs of alice and ben, and one that nobody has signed in."""

    app: Platform
    site: Site
    alice: Program
    ben: Program
    nobody: Program
    ids: dict[str, UUID]

    def too_late(self) -> None:
        """Let the last log-in of everybody be longer ago than what matters allows."""
        with tenant_session(self.site.id) as session:
            session.execute(update(Family).values(created_at=clock.now() - RECENT))


@pytest.fixture
def cast(app: Platform, acme: Site) -> Cast:
    known = {}
    with tenant_session(acme.id) as session:
        for name in ("alice", "ben"):
            known[name] = person(session, acme, name, now=clock.now(), signs_in=True).require_id()
    alice, ben = (Program(app, acme.host).sign_in(f"{name}@example.com", PASSWORD) for name in known)
    return Cast(app, acme, alice, ben, Program(app, acme.host), known)


def proof(wallet: Any, asked: dict[str, Any], **more: str) -> dict[str, str]:
    return {"secret": asked["secret"], "signature": signature(wallet, asked["message"]), **more}


def entered(program: Program, wallet: Any, **more: str) -> Any:
    """Sign in by a wallet, and return what is answered."""
    asked = program.ask("POST", ENTER, {"address": wallet.address})
    return program.ask("POST", SIGNED, proof(wallet, asked, **more), challenge_id=asked["id"], well=None)


def test_a_wallet_is_linked_named_and_signs_its_person_in(cast: Cast) -> None:
    wallet = Account.create()
    asked = cast.alice.ask("POST", ASK, {"address": wallet.address.lower()})
    read = rules.read(asked["message"])
    assert read is not None
    assert (read.domain, read.address, read.chain_id) == (cast.site.host, wallet.address, cast.site.settings.chain_id)
    one = cast.alice.ask("POST", PROVE, proof(wallet, asked), challenge_id=asked["id"])["wallet"]
    assert (one["address"], one["kind"], one["isDefault"]) == (wallet.address, "key", True)
    assert "wallet.linked" in acts(cast.site)
    cast.alice.ask("PATCH", WALLET, {"name": " Savings "}, wallet_id=one["id"])
    assert cast.alice.ask("GET", "/api/profile/wallets")["wallets"][0]["name"] == "Savings"
    said = entered(cast.nobody, wallet)
    assert (said["state"], said["user"]["email"]) == ("signed-in", "alice@example.com")
    cast.nobody.token = said["token"]
    assert cast.nobody.ask("GET", "/api/auth/me")["id"] == str(cast.ids["alice"])
    assert cast.nobody.ask("POST", "/api/auth/refresh", {"refreshToken": said["refreshToken"]})["token"]


def test_a_message_is_good_once_for_its_asker_and_for_ten_minutes(cast: Cast) -> None:
    wallet = Account.create()
    linked(cast.alice, wallet)
    asked = cast.nobody.ask("POST", ENTER, {"address": wallet.address})
    good = proof(wallet, asked)
    wrong = {**good, "secret": "x" * 43}
    at = {"challenge_id": asked["id"]}
    assert cast.nobody.ask("POST", SIGNED, wrong, **at, well=False)["code"] == "wallet-message-over"
    for odd in ("zz-zz", "0x" + "0" * 9, "1234"):
        refused = cast.nobody.ask("POST", SIGNED, {**good, "signature": odd}, **at, well=False)
        assert refused["code"] == "signature-wrong", odd
    assert cast.nobody.ask("POST", SIGNED, good, **at)["token"]
    assert cast.nobody.ask("POST", SIGNED, good, **at, well=False)["code"] == "wallet-message-over"
    late = cast.nobody.ask("POST", ENTER, {"address": wallet.address})
    with tenant_session(cast.site.id) as session:
        session.execute(update(Challenge).values(expires_at=Challenge.expires_at - rules.LASTS))
    over = cast.nobody.ask("POST", SIGNED, proof(wallet, late), challenge_id=late["id"], well=False)
    assert over["code"] == "wallet-message-over"
    assert cast.nobody.ask("POST", ENTER, {"address": "0x12"}, well=False)["code"] == "not-an-address"


def test_a_message_for_linking_signs_nobody_in_and_the_other_way_round(cast: Cast) -> None:
    wallet = Account.create()
    linked(cast.alice, wallet)
    link = cast.alice.ask("POST", ASK, {"address": wallet.address})
    enter = cast.nobody.ask("POST", ENTER, {"address": wallet.address})
    assert cast.nobody.ask("POST", SIGNED, proof(wallet, link), challenge_id=link["id"], well=False)
    assert cast.alice.ask("POST", PROVE, proof(wallet, enter), challenge_id=enter["id"], well=False)
    assert cast.ben.ask("POST", PROVE, proof(wallet, link), challenge_id=link["id"], well=False)["code"] == (
        "wallet-message-over"
    )


def test_wallets_of_others_and_of_nobody_are_refused(cast: Cast) -> None:
    wallet, stranger = Account.create(), Account.create()
    one = linked(cast.alice, wallet)
    asked = cast.ben.ask("POST", ASK, {"address": wallet.address})
    taken = cast.ben.ask("POST", PROVE, proof(wallet, asked), challenge_id=asked["id"], well=False)
    assert taken["code"] == "wallet-taken"
    for method, path, body in (
        ("PATCH", WALLET, {"name": "Mine"}),
        ("PUT", WALLET + "/default", None),
        ("DELETE", WALLET, None),
    ):
        for wallet_id in (one["id"], ids.new()):
            said = cast.ben.ask(method, path, body, wallet_id=wallet_id, well=False)
            assert (said["status"], said["code"]) == (404, "unknown-wallet"), (method, path)
    assert entered(cast.nobody, stranger)["code"] == "wallet-unknown"
    with tenant_session(cast.site.id) as session:
        session.execute(update(User).where(User.id == cast.ids["alice"]).values(status="suspended"))
    assert entered(cast.nobody, wallet)["code"] == "account-suspended"


def test_a_second_factor_is_asked_for_behind_a_wallet_too(cast: Cast) -> None:
    wallet = Account.create()
    linked(cast.alice, wallet)
    tenancy.change_settings(cast.site.id, {"second_factor_roles": [Role.INVESTOR.value]})
    assert entered(cast.nobody, wallet)["code"] == "second-factor-not-set-up"


def test_a_contract_is_asked_whether_it_signed(cast: Cast, chain_settings: Settings) -> None:
    world, owner, thief = World(chain_settings, wiring.ports(chain_settings)), Account.create(), Account.create()
    address = erc1271.deploy(chain_settings.rpc_url, owner.address)
    for program, ask, prove in ((cast.alice, ASK, PROVE), (cast.nobody, ENTER, SIGNED)):
        asked = program.ask("POST", ask, {"address": address})
        at = {"challenge_id": asked["id"]}
        for signer in (thief, owner):
            for _twice in range(2):
                assert program.ask("POST", prove, proof(signer, asked), **at)["state"] == "checking"
            world.settle()
            refused = program.ask("POST", prove, proof(signer, asked), **at, well=signer is owner)
            assert refused.get("code", "") == ("" if signer is owner else "signature-wrong")
    assert [each["kind"] for each in cast.alice.ask("GET", "/api/profile/wallets")["wallets"]] == ["contract"]
    assert refused["user"]["id"] == str(cast.ids["alice"])


def test_wallets_and_connections_want_a_log_in_of_the_last_minutes(cast: Cast) -> None:
    wallet = Account.create()
    one = linked(cast.alice, wallet)
    asked = cast.alice.ask("POST", ASK, {"address": Account.create().address})
    cast.too_late()
    nothing: dict[str, Any] = {"secret": "x" * 43, "signature": "0x12"}
    for method, path, body, about in (
        ("POST", PROVE, nothing, {"challenge_id": asked["id"]}),
        ("PUT", WALLET + "/default", None, {"wallet_id": one["id"]}),
        ("DELETE", WALLET, None, {"wallet_id": one["id"]}),
        ("DELETE", "/api/profile/connections/{identity_id}", None, {"identity_id": ids.new()}),
        ("POST", "/api/profile/email", None, {}),
    ):
        assert cast.alice.ask(method, path, body, **about, well=False)["code"] == "step-up-needed", path
    assert len(cast.alice.ask("GET", "/api/profile/wallets")["wallets"]) == 1


def test_a_key_changes_no_wallet(cast: Cast) -> None:
    one = linked(cast.alice, Account.create())
    with tenant_session(cast.site.id) as session:
        actor = person(session, cast.site, "ada", now=clock.now())
        actor = replace(actor, user_id=cast.ids["alice"])
        who: dict[str, Any] = {"actor": actor, "name": "all", "expires_at": None, "now": clock.now()}
        cast.alice.token = tokens.make_key(session, scopes=FOR_KEYS, **who)[1]
    assert cast.alice.ask("GET", "/api/profile/wallets")["wallets"]
    assert cast.alice.ask("DELETE", WALLET, wallet_id=one["id"], well=False)["code"] == "scope-missing"
    asked = {"address": Account.create().address}
    assert cast.alice.ask("POST", ASK, asked, well=False)["code"] == "scope-missing"


def test_personal_data_is_kept_as_the_page_keeps_it_and_judged_alike(cast: Cast) -> None:
    assert cast.alice.ask("GET", "/api/profile/personal")["residences"] == []
    said = {"legalName": "Alice Vermeer", "born": "1987-05-23", "phone": "+31 20 123 4567"}
    kept = cast.alice.ask("PUT", "/api/profile/personal", said)
    assert (kept["legalName"], kept["phone"], kept["city"]) == ("Alice Vermeer", "+31201234567", "")
    assert "personal.updated" in acts(cast.site)
    bad = {
        "born": "2020-01-01", "country": "ZZ", "phone": "12",
        "residences": [{"country": "NL", "tin": "123456782"}, {"country": "BE"}],
    }  # fmt: skip
    wrong = cast.alice.ask("PUT", "/api/profile/personal", bad, well=False)
    assert set(wrong["errors"]) == {"born", "country", "phone", "residences.1.tin"}
    assert cast.alice.ask("GET", "/api/profile/personal") == kept
    assert cast.alice.answer.headers["Cache-Control"] == "no-store"
    assert cast.ben.ask("GET", "/api/profile/personal")["legalName"] == ""
    assert cast.nobody.send("GET", "/api/profile/personal").status_code == 401


def test_a_profile_is_read_changed_and_removed_by_its_person_alone(cast: Cast) -> None:
    made = cast.alice.ask("POST", "/api/profile/profiles", {"kind": "joint", **JOINT})
    at = {"profile_id": made["id"]}
    assert cast.alice.ask("GET", PROFILE, **at)["born"] == "1984-11-02"
    changed = cast.alice.ask("PUT", PROFILE, {**JOINT, "name": "Jan Jansen"}, **at)
    assert (changed["name"], changed["kind"]) == ("Alice & Jan Jansen", "joint") or changed["name"] == "Jan Jansen"
    wrong = cast.alice.ask("PUT", PROFILE, {"name": "", "born": "x", "email": "y"}, **at, well=False)
    assert set(wrong["errors"]) == {"name", "born", "email"}
    assert cast.alice.ask("PUT", PROFILE, {**JOINT, "kind": "trust"}, **at, well=False)["errors"].keys() == {"kind"}
    for profile_id in (made["id"], ids.new()):
        for method, body in (("GET", None), ("PUT", JOINT), ("DELETE", None)):
            said = cast.ben.ask(method, PROFILE, body, profile_id=profile_id, well=False)
            assert (said["status"], said["code"]) == (404, "profile-not-found")
    cast.alice.ask("DELETE", PROFILE, **at)
    assert cast.alice.ask("GET", PROFILE, **at, well=False)["code"] == "profile-not-found"


def test_another_address_is_asked_for_alike_whether_somebody_has_it_or_not(cast: Cast) -> None:
    first = cast.alice.ask("POST", "/api/profile/email", {"email": "new@example.com"})
    taken = cast.alice.ask("POST", "/api/profile/email", {"email": "ben@example.com"})
    assert first == taken
    assert len(events(cast.site, "EmailChangeRequested")) == 1
    assert cast.alice.ask("GET", "/api/auth/me")["email"] == "alice@example.com"
    assert cast.alice.ask("POST", "/api/profile/email", {"email": "x"}, well=False)["errors"].keys() == {"email"}


def test_how_one_signs_in_is_told_and_every_browser_is_signed_out(cast: Cast) -> None:
    shown = cast.alice.ask("GET", "/api/profile/security")
    assert (shown["password"], shown["app"], shown["passkeys"], shown["required"]) == (True, False, [], False)
    with tenant_session(cast.site.id) as session:
        for name in ("alice", "alice", "ben"):
            accounts.open_session(session, user_id=cast.ids[name], remote="127.0.0.1", now=clock.now())
    lately = cast.alice.ask("GET", "/api/profile/security")["lately"]
    assert [(each["action"], each["words"]) for each in lately] == [("session.opened", "Signed in")] * 2
    cast.alice.ask("DELETE", "/api/profile/sessions")
    with tenant_session(cast.site.id) as session:
        assert list(session.scalars(select(UserSession.user_id))) == [cast.ids["ben"]]
    assert cast.alice.ask("GET", "/api/auth/me")
