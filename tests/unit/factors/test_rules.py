"""Codes and challenges."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest

from app.modules.factors import rules

NOW = datetime(2026, 6, 1, 12, 0, 10, tzinfo=UTC)
ACME, ZETA = UUID(int=1), UUID(int=2)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_taken_one_step_around_now(steps: int, taken: bool) -> None:
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=30 * steps))
    here = int(NOW.timestamp()) // 30
    assert rules.totp_step(SECRET, code, after=0, now=NOW) == (here + steps if taken else None)
    assert rules.totp_step(SECRET, code, after=here + steps, now=NOW) is None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "٠١٢٣٤٥", "abcdef", "\x00", "1" * 500])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert rules.totp_step(SECRET, typed, after=0, now=NOW) is None


def test_a_recovery_code_is_read_however_it_is_typed() -> None:
    person = UUID(int=7)
    kept = rules.recovery_digest(person, "0123-ABCD-1EFG-HJKM")
    for typed in ("0123abcd1efghjkm", " 0123 ABCD 1EFG HJKM ", "o123-abcd-Iefg-hjkm", "O123-ABCD-LEFG-HJKM"):
        assert rules.recovery_digest(person, typed) == kept
    assert rules.recovery_digest(UUID(int=8), "0123-ABCD-1EFG-HJKM") != kept


def test_recovery_codes_have_120_bits_and_no_letters_that_look_alike() -> None:
    made = {rules.new_recovery_code() for _ in range(500)}
    assert len(made) == 500
    assert {len(code) for code in made} == {29}
    assert set("".join(made)) <= set(rules.ALPHABET + "-")
    assert len(rules.ALPHABET) ** rules.LETTERS == 2**120


def test_a_challenge_holds_for_its_site_purpose_and_five_minutes() -> None:
    made = rules.new_challenge("key", tenant_id=ACME, purpose="enter|", now=NOW)

    def holds(
        challenge: bytes = made, key: str = "key", site: UUID = ACME, purpose: str = "enter|", after: int = 0
    ) -> bool:
        later = NOW + timedelta(seconds=after)
        return rules.is_challenge(challenge, key, tenant_id=site, purpose=purpose, now=later)

    assert holds()
    assert holds(after=300)
    assert not holds(after=302)
    assert not holds(after=-120)
    assert not holds(key="other")
    assert not holds(site=ZETA)
    assert not holds(purpose="register|")
    assert not holds(made[:-1] + bytes([made[-1] ^ 1]))
    assert not holds(made[1:])
    assert not holds(b"")
    assert rules.new_challenge("key", tenant_id=ACME, purpose="enter|", now=NOW) != made
