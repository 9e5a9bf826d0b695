"""What people do for themselves through the interface: wallets, personal data, profiles, security, paying."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from click.testing import CliRunner
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from sqlalchemy import delete, select, update

from app.core import clock
from app.integrations.chain.contracts import Token
from app.modules.accounts import service as accounts
from app.modules.chain import tasks_pricing
from app.modules.chain.cli_sponsoring import sponsor
from app.modules.deals import service_sale
from app.modules.deals.models import Deal, DealSale
from app.modules.escrow.models import Escrow
from app.modules.federation.models import IdentityProvider, LinkedIdentity
from tenants import ids
from tenants import service as tenancy
from tests.functional.story import Story
from tests.support.desk import Desk
from tests.support.investing import EUR
from tests.support.programs import Program

ONE = "/api/investor/investments/{investment_id}"
COIN = 10**18


def signature(wallet: LocalAccount, text: str) -> str:
    return "0x" + bytes(wallet.sign_message(encode_defunct(text=text)).signature).hex()


def linked(program: Program, wallet: LocalAccount) -> dict[str, Any]:
    """Add a wallet to the program's account, and return it."""
    asked = program.ask("POST", "/api/profile/wallets/challenges", {"address": wallet.address})
    proof = {"secret": asked["secret"], "signature": signature(wallet, asked["message"])}
    said = program.ask("POST", "/api/profile/wallets/challenges/{challenge_id}", proof, challenge_id=asked["id"])
    assert said["state"] == "linked"
    made: dict[str, Any] = said["wallet"]
    return made


def about_oneself(story: Story) -> None:
    """Alice's wallets, data, profiles, connections, and how she signs in."""
    alice, nobody, wallet = story.programs["alice"], story.programs[""], Account.create()
    one = linked(alice, wallet)
    other = linked(alice, Account.create())
    assert (one["isDefault"], other["isDefault"]) == (True, False)
    mine = alice.ask("PUT", "/api/profile/wallets/{wallet_id}/default", wallet_id=other["id"])["wallets"]
    assert [each["id"] for each in mine] == [other["id"], one["id"]]
    assert alice.ask("PATCH", "/api/profile/wallets/{wallet_id}", wallet_id=one["id"])["wallets"][1]["name"]
    alice.ask("DELETE", "/api/profile/wallets/{wallet_id}", wallet_id=other["id"])
    assert len(alice.ask("GET", "/api/profile/wallets")["wallets"]) == 1
    asked = nobody.ask("POST", "/api/auth/wallet", {"address": wallet.address})
    proof = {"secret": asked["secret"], "signature": signature(wallet, asked["message"])}
    entered = nobody.ask("POST", "/api/auth/wallet/{challenge_id}", proof, challenge_id=asked["id"])
    assert entered["user"]["email"] == "alice@example.com"
    assert alice.ask("GET", "/api/profile/personal")["legalName"] == ""
    said = alice.ask("PUT", "/api/profile/personal")
    assert said == alice.ask("GET", "/api/profile/personal")
    assert said["residences"] == [{"country": "NL", "tin": "123456782", "reason": ""}]
    joint = {"kind": "joint", "name": "Jan", "born": "1984-11-02", "email": "jan@example.com"}
    at = {"profile_id": alice.ask("POST", "/api/profile/profiles", joint)["id"]}
    assert alice.ask("PUT", "/api/profile/profiles/{profile_id}", **at)["name"] == "Jan de Vries"
    assert alice.ask("GET", "/api/profile/profiles/{profile_id}", **at)["email"] == "jan@example.com"
    alice.ask("DELETE", "/api/profile/profiles/{profile_id}", **at)
    identity_id = connected(story.desk, "alice@example.com")
    [connection] = alice.ask("GET", "/api/profile/connections")["connections"]
    assert connection["id"] == str(identity_id)
    alice.ask("DELETE", "/api/profile/connections/{identity_id}", identity_id=identity_id)
    with story.desk.session() as session:
        session.execute(delete(IdentityProvider))
    assert alice.ask("GET", "/api/profile/security")["password"] is True
    alice.ask("POST", "/api/profile/email")
    alice.ask("DELETE", "/api/profile/sessions")


def connected(desk: Desk, email: str) -> Any:
    """Let somebody have come by a provider once; return the connection."""
    now = clock.now()
    with desk.session() as session:
        who = accounts.person_by_email(session, email)
        assert who is not None
        provider = IdentityProvider(
            id=ids.new(), slug="partner", name="Partner", preset="other", issuer="https://id.example.com",
            client_id="portico", scopes="openid", enabled=True, created_at=now,
        )  # fmt: skip
        session.add(provider)
        session.flush()
        known = LinkedIdentity(
            id=ids.new(), provider_id=provider.id, subject="s-1", user_id=who.id, email=email, linked_at=now,
            used_at=now,
        )  # fmt: skip
        session.add(known)
        session.flush()
        return known.id


@dataclass
class Payer:
    """Somebody's program with a wallet, which signs what it is told to sign."""

    desk: Desk
    program: Program
    wallet: LocalAccount

    def signed(self, asked: dict[str, Any], **changes: Any) -> dict[str, str]:
        """Sign typed data as a wallet does, with the nonce that its node says; `changes` are what it signs wrongly."""
        said = asked["typedData"]
        kinds = {each["name"]: each["type"] for each in said["types"][said["primaryType"]]}
        message = {
            name: int(value) if kinds[name].startswith("uint") else value for name, value in said["message"].items()
        }
        message |= {"nonce": int(str(self.desk.rpc("eth_call", asked["nonce"], "latest")), 16)}
        if kinds.get("data") == "bytes":
            message |= {"data": bytes.fromhex(message["data"].removeprefix("0x"))}
        made = self.wallet.sign_typed_data(full_message={**said, "message": message | changes})
        sent = {"nonce": str(message["nonce"]), "deadline": str(message["deadline"])}
        return sent | {"signature": "0x" + made.signature.hex().removeprefix("0x")}

    def get_money(self, amount: int) -> None:
        """Let the wallet have money of the token, and not one wei of coin."""
        sender, mint = Account.create().address, Token(self.desk.euro).mint(self.wallet.address, amount)
        self.desk.rpc("anvil_setBalance", sender, hex(COIN))
        self.desk.rpc("anvil_impersonateAccount", sender)
        self.desk.rpc("eth_sendTransaction", {"from": sender, "to": mint.to, "data": mint.data})
        self.desk.rpc("anvil_stopImpersonatingAccount", sender)
        self.desk.mine()


def sponsoring(desk: Desk) -> None:
    """Let the platform pay network fees: as its operator sets a budget, and an administrator switches it on."""
    tasks_pricing.look(desk.settings, desk.ports.chain, now=clock.now())
    tenancy.change_settings(desk.site.id, {"sponsor_fees": True})
    asked = ["--tenant", desk.site.slug, "--budget", "0.5", "--period", "month"]
    done = CliRunner().invoke(sponsor, asked, obj=desk.settings)
    assert done.exit_code == 0, done.output


def pays_without_coin(story: Story, name: str, investment_id: str) -> None:
    """Pay a pledge of 10,000 with two signatures and no transaction of the wallet's own."""
    sponsoring(story.desk)
    payer = Payer(story.desk, story.programs[name], Account.create())
    payer.get_money(10_000 * EUR)
    program, at = payer.program, {"investment_id": investment_id}
    before = program.ask("GET", ONE + "/payment", **at)
    assert before["feePaid"] is True
    assert program.ask("POST", ONE + "/renew", **at)["payBy"] >= before["payBy"]
    told = program.ask("POST", ONE + "/payer", {"walletAddress": payer.wallet.address}, **at)
    assert told["permit"]["typedData"]["message"]["value"] == str(10_000 * EUR)
    permit = payer.signed(told["permit"])
    paying = program.ask("POST", ONE + "/permit", permit, **at)
    body = {"permit": permit, "request": payer.signed(paying["request"])}
    assert program.ask("POST", ONE + "/sponsored", body, **at)["status"] == "pledged"


def takes_back(story: Story, name: str, investment_id: str) -> None:
    """Ask for the way back of money in escrow, as if the time for a decision had passed for a moment."""
    program, at = story.programs[name], {"investment_id": investment_id}
    assert program.ask("GET", ONE + "/refund", **at, well=False)["code"] == "escrow-too-early"
    with story.desk.session() as session:
        session.execute(update(Escrow).where(Escrow.id == UUID(investment_id)).values(undecided_at=clock.now()))
    assert len(program.ask("GET", ONE + "/refund", **at)["transactions"]) == 1
    with story.desk.session() as session:
        session.execute(update(Escrow).where(Escrow.id == UUID(investment_id)).values(undecided_at=None))


def claims(story: Story, name: str, investment_id: str) -> None:
    """Ask for the way out of a deal that took the money, as if its sale had failed for a moment."""
    program, at = story.programs[name], {"investment_id": investment_id}
    assert program.ask("GET", ONE + "/claim", **at, well=False)["code"] == "nothing-to-claim"
    with story.desk.session() as session:
        deal = session.scalars(select(Deal)).one()
        sale = service_sale.begin_sale(session, deal, now=clock.now())
        assert sale is not None
        sale.outcome = "failed"
    assert len(program.ask("GET", ONE + "/claim", **at)["transactions"]) == 1
    with story.desk.session() as session:
        session.execute(update(DealSale).values(outcome=""))
