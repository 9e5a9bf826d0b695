"""Second factors, passwords and tries under many hands at once, and accounts taken over from elsewhere (B38)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import pyotp
import pytest
from sqlalchemy import select, update

from app.config import Settings
from app.core import clock
from app.core.errors import AppError
from app.core.permissions import Role
from app.integrations.passwords import live, port
from app.modules.accounts import errors, rules, service
from app.modules.accounts.models import Attempt, User
from app.modules.factors import service as factors
from app.modules.factors.errors import WrongCode
from app.modules.factors.models import TotpSecret
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import OTHER, PASSWORD, person
from tests.support import tally

AT_ONCE = 12


def counted(what: str) -> None:
    tally.count(f"B38 authentication: {what}")


def at_once(act: Callable[[], object]) -> int:
    """Do the same from many threads at the same moment; return how many succeeded."""
    gate = threading.Barrier(AT_ONCE)

    def one(_number: int) -> bool:
        gate.wait()
        try:
            act()
        except AppError:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(one, range(AT_ONCE)))


def test_a_code_that_many_send_at_once_opens_for_one(acme: Site, settings: Settings) -> None:
    who, now = person(acme, "alice"), clock.now()
    with tenant_session(acme.id) as session:
        secret = factors.begin_totp(session, user_id=who.id, secret_key=settings.secret_key, now=now)
        code = pyotp.TOTP(secret).at(now)
        factors.confirm_totp(session, user_id=who.id, code=code, secret_key=settings.secret_key, now=now)
        codes = factors.new_codes(session, user_id=who.id, now=now)
        session.execute(update(TotpSecret).values(last_step=0))

    def use_app() -> None:
        with tenant_session(acme.id) as session:
            factors.check_totp(session, user_id=who.id, code=code, secret_key=settings.secret_key, now=now)

    def use_paper() -> None:
        with tenant_session(acme.id) as session:
            factors.use_code(session, user_id=who.id, code=codes[0], now=now)

    assert at_once(use_app) == 1
    assert at_once(use_paper) == 1
    counted("codes raced")
    counted("codes raced")


def test_the_secret_of_an_app_opens_for_its_row_alone(acme: Site, settings: Settings) -> None:
    alice, bob, now = person(acme, "alice"), person(acme, "bob"), clock.now()
    with tenant_session(acme.id) as session:
        for who in (alice, bob):
            factors.begin_totp(session, user_id=who.id, secret_key=settings.secret_key, now=now)
    with tenant_session(acme.id) as session:
        rows = {row.user_id: row for row in session.scalars(select(TotpSecret))}
        rows[bob.id].sealed = rows[alice.id].sealed
        session.flush()
        with pytest.raises(Exception, match=r"factors\.totp"):
            factors.begin_totp(session, user_id=bob.id, secret_key=settings.secret_key, now=now)


def test_known_and_unknown_addresses_cost_the_same_work(acme: Site) -> None:
    """Time is what hashing takes, so hashes are counted: clocks on a busy machine tell nothing."""
    person(acme, "alice")
    person(acme, "eve", verified=False)
    with tenant_session(acme.id) as session:
        service.add_user(session, email="invited@example.org", name="I", roles=[Role.ISSUER], now=clock.now())

    def work(email: str, password: str = "not the password") -> tuple[int, str]:
        before = rules.hashing.done
        with tenant_session(acme.id) as session, pytest.raises(AppError) as refused:
            service.prove(session, email=email, password=password, remote="192.0.2.9", now=clock.now())
        return rules.hashing.done - before, refused.value.code

    addresses = ("alice@example.org", "nobody@example.org", "eve@example.org", "invited@example.org", "", "'; --")
    assert {work(address) for address in addresses} == {(1, "wrong-credentials")}
    for _address in addresses:
        counted("addresses answered alike")


def test_asking_for_a_link_hashes_nothing_for_anybody(acme: Site) -> None:
    person(acme, "alice")
    before = rules.hashing.done
    with tenant_session(acme.id) as session:
        for email in ("alice@example.org", "nobody@example.org"):
            service.request_reset(session, email=email, remote="192.0.2.1", now=clock.now())
            counted("addresses answered alike")
    assert rules.hashing.done == before


def test_registering_costs_the_same_for_known_and_unknown_addresses(acme: Site) -> None:
    person(acme, "alice")
    costs = []
    for email in ("alice@example.org", "fresh@example.org"):
        before = rules.hashing.done
        with tenant_session(acme.id) as session:
            service.register(
                session, name="A", email=email, password=OTHER, country="SE", locale="en", remote="", now=clock.now()
            )
        costs.append(rules.hashing.done - before)
        counted("addresses answered alike")
    assert costs == [1, 1]


def test_at_most_four_hashes_run_at_once(acme: Site) -> None:
    rules.hashing.most_at_once = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(rules.hash_password, [PASSWORD] * AT_ONCE))
    assert 2 <= rules.hashing.most_at_once <= rules.PARALLEL_HASHES


def test_an_imported_hash_lets_in_once_and_is_argon2_from_then_on(acme: Site) -> None:
    old = bcrypt.hashpw(b"an old password of 2011", bcrypt.gensalt(4)).decode()
    now = clock.now()
    with tenant_session(acme.id) as session:
        service.import_user(
            session, email="Old@example.org", name="Old", password_hash=old, roles=["investor"], country="NL", now=now
        )
    with tenant_session(acme.id) as session, pytest.raises(errors.WrongPassword):
        service.prove(session, email="old@example.org", password="another", remote="", now=now)
    for _time in range(2):
        with tenant_session(acme.id) as session:
            service.prove(session, email="old@example.org", password="an old password of 2011", remote="", now=now)
            kept = session.scalar(select(User.password_hash))
        assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    counted("imported hash upgraded")


@pytest.mark.parametrize(
    "wrong", ["plain", "$1$abc$def", "{SHA}xyz", "$2b$04$short", "$argon2id$v=19$m=8,t=1,p=1$YWJj$YWJj"]
)
def test_other_hashes_are_not_taken_over(acme: Site, wrong: str) -> None:
    with tenant_session(acme.id) as session, pytest.raises(errors.UnknownHash):
        service.import_user(
            session, email="a@b.cd", name="A", password_hash=wrong, roles=["investor"], country="", now=clock.now()
        )
    counted("foreign hash refused")


@pytest.fixture
def known(tmp_path: Path) -> live.HashedList:
    """The list of known passwords as the application connects it."""
    made = live.load(tmp_path / live.FILE)
    port.connect(made)
    return made


def test_the_list_of_known_passwords_comes_from_its_package(known: live.HashedList, tmp_path: Path) -> None:
    assert len(known) > 40_000
    assert known.holds("QWERTY123456")
    assert not known.holds("wide-otters-paint-quiet-rivers")
    assert (tmp_path / live.FILE).stat().st_size == 8 * len(known)
    assert live.build(tmp_path / "none", source=tmp_path / "missing") == 0


@pytest.mark.parametrize(
    "password",
    ["polniypizdec0211", "Polniypizdec0211!", "123polniypizdec0211", "ghhh47hj7649ghhh47hj7649", "mailcreated5240??"],
)
def test_passwords_that_thieves_know_are_refused(known: live.HashedList, password: str) -> None:
    assert service.password_problem(password, about=[]) in ("leaked", "common")
    counted("known password refused")


def test_a_known_password_is_refused_for_that_reason_alone(known: live.HashedList) -> None:
    assert service.password_problem("30041987!!!!", about=[]) == "leaked"
    assert service.password_problem("wide-otters-paint-quiet-rivers", about=[]) is None


def test_tries_leave_few_rows_and_old_failures_are_forgotten(acme: Site) -> None:
    now = clock.now()
    for number in range(40):
        with tenant_session(acme.id) as session, pytest.raises((errors.WrongPassword, errors.TooManyAttempts)):
            service.prove(session, email="x@example.org", password="no", remote=f"2001:db8::{number}", now=now)
    with tenant_session(acme.id) as session:
        assert len(session.scalars(select(Attempt)).all()) == 5, "one household has a whole /64 of addresses"
        service.forget_expired(session, now=now + rules.KEEP_FAILURES)
        assert len(session.scalars(select(Attempt)).all()) == 5
        service.forget_expired(session, now=now + 2 * rules.KEEP_FAILURES)
        assert session.scalars(select(Attempt)).all() == []
    counted("throttled tries")


def test_a_browser_that_was_here_before_is_hindered_by_nobody(acme: Site, settings: Settings) -> None:
    person(acme, "alice")
    now = clock.now()

    def attempt(password: str, device: str = "") -> str:
        try:
            with tenant_session(acme.id) as session:
                service.prove(
                    session, email="alice@example.org", password=password, remote="192.0.2.1", device=device, now=now
                )
        except AppError as refused:
            return refused.code
        return "in"

    with tenant_session(acme.id):
        shown = service.device_pass("alice@example.org", settings.secret_key)
        mine = service.known_device(shown, "Alice@example.org", settings.secret_key)
        assert mine
        for forged in ("", "x", f"{mine}.00", shown[:-1] + ("0" if shown[-1] != "0" else "1")):
            assert service.known_device(forged, "alice@example.org", settings.secret_key) == ""
        assert service.known_device(shown, "bob@example.org", settings.secret_key) == ""
    for _ in range(5):
        assert attempt("no") == "wrong-credentials"
    assert attempt(PASSWORD) == "too-many-attempts", "the office is paused"
    assert attempt(PASSWORD, mine) == "in", "the browser that was here before isn't"
    for _ in range(5):
        assert attempt("no", mine) == "wrong-credentials"
    assert attempt(PASSWORD, mine) == "too-many-attempts", "a stolen browser has five tries too"
    counted("lock-out of others prevented")


def test_wrong_codes_elsewhere_do_not_keep_out_who_was_right_here_before(acme: Site, settings: Settings) -> None:
    who, now = person(acme, "alice"), clock.now()
    with tenant_session(acme.id) as session:
        codes = factors.new_codes(session, user_id=who.id, now=now)

    def attempt(code: str, remote: str) -> str:
        try:
            with tenant_session(acme.id) as session:
                return service.check_code(
                    session, user_id=who.id, code=code, secret_key=settings.secret_key, remote=remote, now=now
                )
        except (WrongCode, errors.TooManyAttempts) as refused:
            return refused.code

    assert attempt(codes[0], "192.0.2.1") == "recovery"
    said = [attempt("000000", f"198.51.100.{place}") for place in range(12)]
    assert said == ["wrong-code"] * 10 + ["too-many-attempts"] * 2
    assert attempt(codes[1], "203.0.113.5") == "too-many-attempts"
    assert attempt(codes[1], "192.0.2.1") == "recovery"
    counted("lock-out of others prevented")
