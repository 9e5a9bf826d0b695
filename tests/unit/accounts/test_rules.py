"""Passwords, tokens and lifetimes, as rules alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from app.core.permissions import Role
from app.modules.accounts import rules

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("a" * 11, "short"),
        ("x" * 129, "long"),
        ("aaaaaaaaaaaaaaaa", "common"),
        ("password12345", "common"),
        ("qwertyuiopasdf", "common"),
        ("123456789012345", "common"),
        ("correct horse battery staple", "common"),
        ("Alice.Lindqvist", "common"),
        ("alice@example.org", "common"),
        ("acmerealassets", "common"),
        ("wide-otters-paint-quiet-rivers", None),
        ("ich-mag-gelbe-Regenschirme", None),
        ("лампа под холодным мостом", None),
        ("w1de 0tters pa!nt", None),
    ],
)
def test_what_is_wrong_with_a_password(password: str, problem: str | None) -> None:
    about = ("Alice Lindqvist", "alice@example.org", "Acme Real Assets")
    assert rules.password_problem(password, about=about) == problem


def test_a_hash_matches_its_password_alone_and_no_hash_matches_nothing() -> None:
    hashed = rules.hash_password("wide-otters-paint")
    assert rules.password_matches("wide-otters-paint", hashed)
    assert not rules.password_matches("wide-otters-point", hashed)
    assert not rules.password_matches("", "")
    assert not rules.password_matches("x", "no hash at all")


def test_weaker_hashes_are_made_anew() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x")
    assert rules.needs_new_hash(weak)
    assert not rules.needs_new_hash(rules.hash_password("x"))


@given(tenant=st.uuids(), token=st.uuids(), key=st.text(min_size=1), kind=st.sampled_from(["verify", "reset"]))
def test_a_mailed_token_is_read_back(tenant: UUID, token: UUID, key: str, kind: str) -> None:
    assert rules.mail_token_id(rules.mail_token(kind, tenant, token, key), kind, tenant, key) == token


@given(st.text())
def test_any_other_text_is_no_mailed_token(text: str) -> None:
    assert rules.mail_token_id(text, "verify", uuid4(), "key") is None


def test_a_mailed_token_is_bound_to_kind_tenant_and_key() -> None:
    tenant, token = uuid4(), uuid4()
    text = rules.mail_token("verify", tenant, token, "key")
    assert rules.mail_token_id(text, "reset", tenant, "key") is None
    assert rules.mail_token_id(text, "verify", uuid4(), "key") is None
    assert rules.mail_token_id(text, "verify", tenant, "other") is None
    assert rules.mail_token_id(text + "=", "verify", tenant, "key") is None


def test_the_strictest_role_decides_how_long_a_session_lasts() -> None:
    assert rules.lifetime([Role.INVESTOR, Role.TENANT_ADMIN]) == rules.ADMIN_LIFETIME
    assert rules.lifetime([Role.TENANT_ADMIN, Role.SUPER_ADMIN]) == rules.PLATFORM_LIFETIME
    assert rules.lifetime([]) == rules.INVESTOR_LIFETIME


@pytest.mark.parametrize(
    ("age", "idle", "alive"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(hours=12) - timedelta(seconds=1), timedelta(minutes=30) - timedelta(seconds=1), True),
        (timedelta(hours=12), timedelta(0), False),
        (timedelta(hours=1), timedelta(minutes=30), False),
    ],
)
def test_a_session_lives_up_to_its_limits(age: timedelta, idle: timedelta, alive: bool) -> None:
    assert rules.is_alive(NOW - age, NOW - idle, [Role.INVESTOR], NOW) is alive


@pytest.mark.parametrize(
    ("agent", "named"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/153.0 Safari/537.36",
            "Chrome Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604.1",
            "Safari iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/153.0 Safari/537.36 Edg/153.0", "Edge Windows"),
        ("Mozilla/5.0 (Linux; Android 14; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox Android"),
        ("curl/8.0", " "),
    ],
)
def test_a_browser_is_named_as_people_know_it(agent: str, named: str) -> None:
    assert " ".join(rules.device(agent)) == named


def test_session_tokens_are_long_random_and_name_their_tenant() -> None:
    tenant = uuid4()
    first, second = rules.new_session_token(tenant), rules.new_session_token(tenant)
    assert first != second
    assert rules.tenant_of(first) == tenant.hex
    assert len(first.partition(".")[2]) >= 43  # 256 bits in base64


@pytest.mark.parametrize(
    ("remote", "counts_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_a_household_counts_as_one_place(remote: str, counts_as: str) -> None:
    assert rules.place(remote) == counts_as


@pytest.mark.parametrize(
    ("roles", "shown", "required", "enrolled", "reached"),
    [
        ({Role.INVESTOR}, (), (), False, "full"),
        ({Role.INVESTOR}, (), ("tenant_admin",), False, "full"),
        ({Role.TENANT_ADMIN, Role.INVESTOR}, (), ("tenant_admin",), False, "enrol"),
        ({Role.TENANT_ADMIN}, (), ("tenant_admin",), True, "second"),
        ({Role.INVESTOR}, (), (), True, "second"),
        ({Role.INVESTOR}, ("password", "oidc"), (), True, "second"),
        ({Role.TENANT_ADMIN}, ("passkey",), ("tenant_admin",), True, "full"),
        ({Role.TENANT_ADMIN}, ("mfa",), ("tenant_admin",), False, "full"),
        ({Role.INVESTOR}, ("totp",), (), True, "full"),
        ({Role.INVESTOR}, ("recovery",), (), True, "full"),
    ],
)
def test_how_far_somebody_is_follows_from_what_they_showed(
    roles: set[Role], shown: tuple[str, ...], required: tuple[str, ...], enrolled: bool, reached: str
) -> None:
    assert rules.stage(roles, shown, required=required, enrolled=enrolled) == reached


@pytest.mark.parametrize(
    ("text", "imported"),
    [
        ("$2b$12$" + "a" * 53, True),
        ("$2y$10$" + "./A9" * 13 + "z", True),
        ("$2x$10$" + "a" * 53, False),
        ("$2b$12$" + "a" * 52, False),
        ("", False),
        ("$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA", False),
    ],
)
def test_only_bcrypt_hashes_are_told_from_ours(text: str, imported: bool) -> None:
    assert rules.is_imported(text) is imported
