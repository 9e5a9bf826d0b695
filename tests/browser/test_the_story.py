"""The main job, by people in browsers: a deal is drafted, reviewed and opened; money goes into escrow and out of it.

Three people invest: one is approved, one is refused, of one nobody decides. Somebody of another tenant, who may do
everything there, is signed in all along and finds none of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.modules.accounts import service as accounts
from app.modules.deals.service import InvestableDeal
from app.modules.investments import rules
from app.modules.ledger import service as ledger
from tenants import ids
from tenants.service import Site
from tenants.session import tenant_session
from tests.browser.conftest import Person, aside
from tests.browser.wallet import Wallet
from tests.functional.files import jpeg, png
from tests.functional.verification import ABOUT, ADDRESS
from tests.support import dealing
from tests.support.desk import Desk
from tests.support.investing import EUR, PASSWORD, person

TITLE = "Harbour Quarter, Rotterdam"
WAITING = 60_000  # milliseconds; a page at rest asks for news every 15 seconds


@dataclass
class House:
    """Two tenants on one installation, and windows into them."""

    desk: Desk
    zeta: Site
    browser: Browser
    port: int
    windows: list[Person]

    def window(self, site: Site | None = None) -> Person:
        """Open a browser window in which nobody is signed in; at acme unless told otherwise."""
        self.windows.append(Person.at(self.browser, site or self.desk.site, self.port))
        return self.windows[-1]

    def staff(self, name: str, *roles: Role, site: Site | None = None) -> Person:
        """Return somebody with these roles, signed in."""
        there, email = site or self.desk.site, f"{name}@example.com"
        with tenant_session(there.id) as session:
            accounts.create_user(
                session, email=email, name=name.title(), password=PASSWORD, roles=roles, verified=True, now=clock.now()
            )
        who = self.window(there)
        who.sign_in(email, PASSWORD)
        return who

    def settle(self) -> None:
        aside(self.desk.settle)

    def tick(self) -> None:
        aside(self.desk.tick)

    def agrees(self) -> bool:
        """Tell whether the books balance and say what the chain says."""
        with self.desk.session() as session:
            return ledger.check(session) == []

    def complaints(self) -> list[str]:
        return [text for window in self.windows for text in window.complaints]


@pytest.fixture
def house(chained: Settings, acme: Site, zeta: Site, port: int, browser: Browser) -> Iterator[House]:
    house = House(Desk.of(chained, acme), Desk.of(chained, zeta).site, browser, port, [])
    yield house
    for window in house.windows:
        window.context.close()


@pytest.fixture
def deal(house: House) -> InvestableDeal:
    """Return a deal that takes money; how it comes there is told in the first story."""
    with house.desk.session() as session:
        irene = person(session, house.desk.site, "irene", now=clock.now(), role=Role.ISSUER)
    return aside(lambda: dealing.deployed(house.desk, irene))  # type: ignore[no-any-return]


def draft(irene: Person) -> str:
    """Write a deal down, leave some of it out, mend that, submit; return the deal's id."""
    page = irene.go("/issuer/deals/new")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Kind").select_option("debt")
    irene.press("Begin")
    page.wait_for_url("**/edit")
    typed = dealing.filled("debt")
    for name, value in typed.items():
        field = page.locator(f"form#f [name={name}]")
        if name == "asset":
            field.select_option(index=1 if field.locator("option").first.get_attribute("value") == "" else 0)
        elif name != "purpose":
            field.select_option(value) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(value)
    expect(page.locator("#saved")).to_contain_text("Saved")  # nobody pressed anything
    irene.press("Submit for review")
    page.get_by_role("alert").filter(has_text="mending").wait_for()
    irene.forgive("422")
    page.locator("form#f [name=purpose]").fill(typed["purpose"])
    irene.press("Submit for review")
    page.get_by_text("A reviewer reads your deal").wait_for()
    return irene.path.rpartition("/")[2]


def approve_and_open(otto: Person, house: House, deal_id: str) -> None:
    """Ask for a change first, then approve; the contracts appear step by step, on a page that nobody touches."""
    page = otto.go("/manage/deals")
    page.get_by_role("link", name=TITLE).first.click()
    otto.go(f"/manage/deals/{deal_id}/review")
    for box in page.locator("input[name=check]").all():
        box.check()
    otto.press("Approve")
    page.wait_for_url(f"**/manage/deals/{deal_id}")
    otto.press("Open the deal")
    page.get_by_text("Under way").first.wait_for()
    page.evaluate("window.untouched = true")
    house.settle()
    expect(page.get_by_text("The deal stands on the chain")).to_be_visible(timeout=WAITING)
    assert page.evaluate("window.untouched"), "the page was loaded again"


def register(house: House, name: str) -> Person:
    """Open an account and follow the link of the mail."""
    who, email = house.window(), f"{name}@example.com"
    page = who.go("/register")
    page.get_by_label("Full name").fill(f"{name.title()} Lindqvist")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Country").select_option("SE")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("terms", re.I)).check()
    who.press("Open account")
    page.wait_for_url("**/verify*")
    house.tick()
    link = who.go("/outbox").locator("article", has_text=email).locator("a.btn").first
    page.goto(str(link.get_attribute("href")))
    page.locator("main form[method=post] button").click()
    page.wait_for_url(lambda url: "/verify/" not in url)
    if "/login" in page.url:
        who.sign_in(email, PASSWORD)
    return who


def send_papers(who: Person) -> None:
    """Fill in the verification and send it for review."""
    page = who.go("/verification")
    who.press("Start")
    files = {"identity": ("passport", jpeg(), "image/jpeg"), "address": ("utility_bill", png(), "image/png")}
    for step, values in (("about", ABOUT), ("identity", {}), ("address", ADDRESS)):
        page.wait_for_url(f"**/verification/{step}")
        for name, value in values.items():
            field = page.locator(f"[name={name}]")
            field.select_option(value) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(value)
        if step in files:
            kind, content, media = files[step]
            page.locator(f"input[name=kind][value={kind}]").check()
            page.locator("input[type=file]").set_input_files(
                {"name": f"{kind}.{media[6:]}", "mimeType": media, "buffer": content}
            )
        who.press("Save and go on")
    page.wait_for_url("**/verification/review")
    who.press("Send for review")
    page.get_by_text("In review").first.wait_for()


def commit(who: Person, slug: str) -> str:
    """Walk through the wizard, up to the payment; return the investment's address."""
    page = who.go(f"/deals/{slug}")
    page.locator(f"a[href^='/invest/{slug}']").first.click()
    who.press("Continue")
    page.get_by_role("textbox", name="Amount").fill("10,000")
    who.press("Continue")
    page.locator("input[name=investor]").first.check()
    who.press("Continue")
    for risk in rules.risks_of("debt"):
        page.locator(f"input[name={risk}]").check()
    who.press("Continue")
    page.wait_for_url("**/documents")
    who.press("Continue")
    page.locator("input[name=commit]").check()
    who.press("Commit and go to payment")
    page.wait_for_url("**/payment")
    return who.path.removesuffix("/payment")


def pay(who: Person, house: House, slug: str) -> str:
    """Pay with the demo wallet and watch: the page goes from arriving to held by itself. Returns its address."""
    there = commit(who, slug)
    who.press("Pay with the demo wallet")
    who.page.wait_for_url(f"**{there}")
    watch(who, house)
    return there


def watch(who: Person, house: House) -> None:
    who.page.evaluate("window.untouched = true")
    for _ in range(3):
        house.tick()
    expect(who.page.get_by_text("Your payment is arriving")).to_be_visible(timeout=WAITING)
    house.settle()
    expect(who.page.get_by_text("Your money is safe in escrow")).to_be_visible(timeout=WAITING)
    assert who.page.evaluate("window.untouched"), "the page was loaded again"


def decide(carol: Person, decision: str) -> str:
    """Look at the one case that waits, and decide; return the case's id."""
    page = carol.go("/manage/compliance")
    page.locator("main a[href*='/manage/compliance/']").first.click()
    page.wait_for_url(re.compile(r"/manage/compliance/[0-9a-f-]{36}$"))
    page.locator(f"input[name=decision][value={decision}]").check()
    if decision == "reject":
        page.get_by_text("Why it is refused").click()
        page.locator("input[name=reasons]").first.check()
    page.locator("[name=reason]").fill("Looked at the passport.")
    carol.press("Record decision")
    page.get_by_text("The decision is recorded.").wait_for()
    return carol.path.rpartition("/")[2]


@dataclass
class Seen:
    """An answer, without what changes with every request."""

    status: int
    text: str


def fetch(who: Person, path: str) -> Seen:
    status, text = who.page.evaluate("async p => { const r = await fetch(p); return [r.status, await r.text()] }", path)
    text = text.replace(path, "HERE").replace(quote(path, safe=""), "HERE")
    return Seen(status, re.sub(r'nonce="[^"]*"|[0-9a-f-]{36}|value="[\w.-]{40,}"', "", text))


LISTS = """
/ /deals /deals?q=Harbour /portfolio /portfolio.csv /notifications /outbox /issuer /manage/deals /manage/compliance
/manage/escrows /manage/chain /manage/people /manage/audit /manage/audit/entries.csv /api/deals
/api/deals?search=Harbour
""".split()  # noqa: SIM905

ADDRESSES = """
investment /investments/{} /investments/{}/live /investments/{}/receipt /investments/{}/payment /manage/escrows/{}
case /manage/compliance/{}
deal /manage/deals/{} /manage/deals/{}/review /manage/deployments/{} /manage/deployments/{}/progress /issuer/deals/{}
deal /issuer/deals/{}/edit /issuer/deals/{}/investors /api/deals/{}
"""


def sees_nothing(mallory: Person, slug: str, things: dict[str, str]) -> None:
    """Fail where a list at zeta shows anything of acme, or acme's addresses answer otherwise than those of nothing."""
    mallory.go("/")
    for path in LISTS:
        answer = fetch(mallory, path)
        assert answer.status in (200, 401), path
        for word in ("Rotterdam", "Maashaven", "Lindqvist", "alice", slug):
            assert word not in answer.text, (path, word)
    for path in (f"/deals/{slug}", f"/deals/{slug}/terms", f"/deals/{slug}/progress", f"/invest/{slug}"):
        found, nothing = fetch(mallory, path), fetch(mallory, path.replace(slug, "no-such-deal"))
        assert (found.status, found.text) == (404, nothing.text), path
    for name, *patterns in map(str.split, ADDRESSES.strip().splitlines()):
        for pattern in patterns if name in things else ():
            found, nothing = (fetch(mallory, pattern.format(thing)) for thing in (things[name], ids.new()))
            assert (found.status, found.text) == (404, nothing.text), pattern
    mallory.forgive("404")


def everything(house: House) -> Person:
    """Return mallory, who may do whatever can be done at zeta."""
    roles = (Role.INVESTOR, Role.ISSUER, Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN)
    return house.staff("mallory", *roles, site=house.zeta)


def refused_at(site: Site, port: int, mallory: Person, path: str) -> bool:
    """Tell whether mallory's cookie, carried to another tenant's host, is worth nothing there."""
    for cookie in mallory.context.cookies():
        mallory.context.add_cookies([{**cookie, "domain": site.host}])  # type: ignore[typeddict-item]
    page = mallory.context.new_page()
    page.goto(f"http://{site.host}:{port}{path}")
    asked = "/login" in page.url
    page.close()
    return asked


def test_a_deal_is_opened_an_investor_pays_and_approval_gives_the_holding(house: House) -> None:
    irene, otto = house.staff("irene", Role.ISSUER), house.staff("otto", Role.TENANT_ADMIN)
    carol, mallory = house.staff("carol", Role.COMPLIANCE_OFFICER), everything(house)
    deal_id = draft(irene)
    approve_and_open(otto, house, deal_id)
    slug = irene.go(f"/issuer/deals/{deal_id}").get_by_role("link", name="Public page").get_attribute("href")
    slug = str(slug).rpartition("/")[2]

    alice = register(house, "alice")
    send_papers(alice)
    there = pay(alice, house, slug)
    case_id = decide(carol, "approve")
    house.settle()
    expect(alice.page.get_by_text("This investment is complete")).to_be_visible(timeout=WAITING)

    alice.page.get_by_role("link", name="Receipt").click()
    expect(alice.page.get_by_text("Released to the deal").first).to_be_visible()
    holding = alice.go("/portfolio").get_by_role("row").filter(has_text=TITLE).filter(has_text="Confirmed")
    expect(holding.first).to_be_visible()
    expect(irene.go(f"/issuer/deals/{deal_id}/investors").locator("main")).to_contain_text("10,000")
    things = {"investment": there.rpartition("/")[2], "case": case_id, "deal": deal_id}
    sees_nothing(mallory, slug, things)
    assert refused_at(house.desk.site, house.port, mallory, there)
    assert house.agrees()
    assert house.complaints() == [], "a browser complained"


def test_refusal_sends_the_money_back(house: House, deal: InvestableDeal) -> None:
    carol, mallory = house.staff("carol", Role.COMPLIANCE_OFFICER), everything(house)
    alice = register(house, "alice")
    send_papers(alice)
    there = pay(alice, house, deal.slug)
    case_id = decide(carol, "reject")
    house.settle()
    expect(alice.page.get_by_text("The whole amount went back to the wallet it came from")).to_be_visible(
        timeout=WAITING
    )
    expect(alice.go("/portfolio").locator("main")).to_contain_text("Refunded")
    expect(alice.go("/verification").locator("main")).to_contain_text("Your verification was refused")
    sees_nothing(mallory, deal.slug, {"investment": there.rpartition("/")[2], "case": case_id, "deal": str(deal.id)})
    assert house.agrees()
    assert house.complaints() == [], "a browser complained"


def test_when_nobody_decides_for_fourteen_days_a_button_brings_the_money_back(
    house: House, deal: InvestableDeal
) -> None:
    mallory, alice = everything(house), register(house, "alice")
    send_papers(alice)
    there = pay(alice, house, deal.slug)
    expect(alice.page.get_by_role("button", name="Take refund")).to_be_disabled()
    aside(lambda: house.desk.travel(timedelta(days=14, seconds=5)))
    house.settle()
    alice.press("Take refund with the demo wallet")  # the page has moved on by itself
    house.settle()
    expect(alice.page.get_by_text("The whole amount went back to the wallet it came from")).to_be_visible(
        timeout=WAITING
    )
    expect(alice.page.get_by_text("There was no decision in time")).to_be_visible()
    sees_nothing(mallory, deal.slug, {"investment": there.rpartition("/")[2], "deal": str(deal.id)})
    assert house.agrees()
    assert house.complaints() == [], "a browser complained"


def test_an_injected_wallet_pays_from_the_wizard(house: House, deal: InvestableDeal) -> None:
    alice = register(house, "alice")
    wallet = Wallet(house.desk)
    wallet.fill(50_000 * EUR)
    wallet.inject(alice.page)
    send_papers(alice)
    there = commit(alice, deal.slug)
    alice.press("Connect Test Wallet")
    alice.page.wait_for_url(f"**{there}")
    watch(alice, house)
    decide(house.staff("carol", Role.COMPLIANCE_OFFICER), "approve")
    house.settle()
    expect(alice.page.get_by_text("This investment is complete")).to_be_visible(timeout=WAITING)
    asked = (wallet.asked.count("eth_signTypedData_v4"), wallet.asked.count("eth_sendTransaction"))
    assert asked in ((1, 1), (0, 2))  # a permit and one transaction once the worker has read the token, else two
    assert house.agrees()
    assert house.complaints() == [], "a browser complained"
