"""Names are made harmless, and access is denied unless it is allowed."""

from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.permissions import Role
from app.modules.documents import rules
from app.modules.documents.errors import UploadRefused
from app.modules.documents.rules import Access, Entitlement


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("..\\..\\windows\\system.png", "system.png"),
        ("a\0.png", "a.png"),
        ("a%00.png", "a00.png"),
        ("invoice\u202egnp.exe.png", "invoicegnp-exe.png"),
        ("x" * 300 + ".png", "x" * 114 + ".png"),
        ("CON.png", "file-CON.png"),
        ("📄 scan.png", "📄 scan.png"),
        (".hidden.png", "hidden.png"),
        ("photo.php.png", "photo-php.png"),
        ('a"b<c>\r\nd.png', "abcd.png"),
        ("", "file.bin"),
        ("...", "file.bin"),
        ("scan", "scan.bin"),
        ("Reisepaß 1.PDF", "Reisepaß 1.pdf"),
    ],
)
def test_names_are_made_harmless(given_name: str, kept: str) -> None:
    assert rules.normalised(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_leaves_its_folder_or_breaks_a_header(name: str) -> None:
    kept = rules.normalised(name)
    assert 0 < len(kept) <= rules.NAME_LENGTH
    assert not set('/\\"<>:|?*%;\r\n\0') & set(kept)
    assert not kept.startswith(".")
    assert kept.count(".") == 1
    assert rules.normalised(kept) == kept


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_check(content: bytes) -> None:
    for head in (b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"):
        for name in ("a.pdf", "a.png", "a.jpg"):
            with suppress(UploadRefused):
                rules.accept(name, head + content)


@pytest.mark.parametrize("roles", [frozenset[Role](), frozenset({Role.INVESTOR, Role.ISSUER, Role.SUPER_ADMIN})])
def test_only_public_documents_open_without_a_right(roles: frozenset[Role]) -> None:
    opened = {
        (access, is_person)
        for access, is_person in product(Access, (False, True))
        if rules.may_open(
            access,
            purpose="memorandum",
            is_person=is_person,
            is_owner=False,
            roles=roles,
            entitlements=frozenset(),
        )
    }
    assert opened == {(Access.PUBLIC, False), (Access.PUBLIC, True), (Access.REGISTERED, True)}


@pytest.mark.parametrize(
    ("entitlement", "opens"),
    [
        (Entitlement.VERIFIED, {Access.PUBLIC, Access.REGISTERED, Access.VERIFIED}),
        (Entitlement.INVESTED, {Access.PUBLIC, Access.REGISTERED, Access.VERIFIED, Access.INVESTED}),
    ],
)
def test_an_entitlement_opens_its_level(entitlement: Entitlement, opens: set[Access]) -> None:
    opened = {
        access
        for access in Access
        if rules.may_open(
            access,
            purpose="memorandum",
            is_person=True,
            is_owner=False,
            roles=frozenset({Role.INVESTOR}),
            entitlements=frozenset({entitlement}),
        )
    }
    assert opened == opens


@pytest.mark.parametrize("access", list(Access))
def test_identity_documents_stay_shut_whatever_their_level_says(access: Access) -> None:
    everybody_else = frozenset(Role) - {Role.COMPLIANCE_OFFICER}
    assert not rules.may_open(
        access,
        purpose="kyc",
        is_person=True,
        is_owner=False,
        roles=everybody_else,
        entitlements=frozenset(Entitlement),
    )
