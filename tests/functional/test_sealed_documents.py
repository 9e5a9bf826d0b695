"""Identity documents in the store: unreadable for whoever has its disk, readable for who may open them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from app.config import Settings
from app.core import clock
from app.core.permissions import Actor, Role, system
from app.factory import create_cli
from app.integrations.storage import port as storage
from app.integrations.storage.live import LocalStorage
from app.integrations.storage.port import Damaged
from app.lifecycle import Platform
from app.modules.documents import service as documents
from app.modules.documents.models import Document
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import person, signed_in
from tests.functional.files import pdf, pdf_stream
from tests.functional.verification import begin, send_identity
from tests.support import tally
from tests.support.http import Visitor

PASSPORT = pdf(pdf_stream(b"BT (Passport No. P7-4711) Tj ET"))


@pytest.fixture
def disk(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A store of this test's own."""
    storage.connect(LocalStorage(tmp_path / "files"), secret_key=settings.secret_key)
    yield tmp_path / "files"
    storage.connect(LocalStorage(settings.files), secret_key=settings.secret_key)


@pytest.fixture
def alice(app: Platform, acme: Site, disk: Path) -> Visitor:
    person(acme, "alice")
    visitor = begin(signed_in(app, acme, "alice"))
    assert send_identity(visitor, PASSPORT, "passport.pdf").status == 200
    return visitor


def files(disk: Path) -> list[Path]:
    return [path for path in disk.rglob("*") if path.is_file()]


def shows(disk: Path) -> bool:
    """Tell whether any sixteen bytes of the passport stand in a file."""
    pieces = [PASSPORT[at : at + 16] for at in range(0, len(PASSPORT) - 16, 16)]
    return any(piece in path.read_bytes() for path in files(disk) for piece in pieces)


def passport(site: Site) -> Document:
    with tenant_session(site.id) as session:
        return session.scalars(select(Document).where(Document.purpose == "kyc")).one()


def kept_plain(site: Site) -> Document:
    """Let the passport stand in the store as an older version kept it."""
    document = passport(site)
    assert storage.connected().put(site.id, PASSPORT) == document.sha256
    storage.connected().remove(site.id, document.sealed_as)
    with tenant_session(site.id) as session:
        session.execute(update(Document).values(sealed_as=""))
    return passport(site)


def seal(settings: Settings) -> str:
    done = CliRunner().invoke(create_cli().commands["documents"], ["seal"], obj=settings)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_disk_has_nothing_of_an_identity_document(app: Platform, acme: Site, alice: Visitor, disk: Path) -> None:
    assert shows(disk) is False
    assert len(files(disk)) == 1
    for visitor in (alice, officer(app, acme)):
        assert visitor.get(f"/documents/{passport(acme).id}").page.data == PASSPORT


def officer(app: Platform, site: Site) -> Visitor:
    person(site, "carol", Role.COMPLIANCE_OFFICER)
    return signed_in(app, site, "carol")


def test_other_files_stay_as_they_are(acme: Site, disk: Path) -> None:
    with tenant_session(acme.id) as session:
        document = documents.store(
            session, actor=system_of(acme), name="memo.pdf", content=PASSPORT, purpose="deal", access="public",
            subject_kind="deal", subject_id=acme.id, now=clock.now(),
        )  # fmt: skip
    assert document.sealed_as == ""
    assert storage.connected().get(acme.id, document.sha256) == PASSPORT


def system_of(site: Site) -> Actor:
    return system(site.id, "test")


def test_a_sealed_file_opens_for_its_own_row_alone(
    app: Platform, acme: Site, zeta: Site, alice: Visitor, disk: Path
) -> None:
    person(acme, "bob")
    bob = begin(signed_in(app, acme, "bob"))
    send_identity(bob, pdf(), "mine.pdf")
    with tenant_session(acme.id) as session:
        hers, his = session.scalars(select(Document).where(Document.purpose == "kyc").order_by(Document.id))
        his.sealed_as, his.sha256 = hers.sealed_as, hers.sha256
        stolen: UUID = his.id
    with tenant_session(acme.id) as session, pytest.raises(Damaged):
        documents.open(session, actor=system_of(acme), document_id=stolen, now=clock.now())
    kept = storage.connected().get(acme.id, hers.sealed_as)
    with tenant_session(zeta.id) as session:
        values = {column.key: getattr(hers, column.key) for column in Document.__table__.columns}
        copied = Document(**{**values, "tenant_id": zeta.id, "owner_id": None})
        assert storage.connected().put(zeta.id, kept) == hers.sealed_as
        session.add(copied)
        session.flush()
        with pytest.raises(Damaged):
            documents.open(session, actor=system_of(zeta), document_id=copied.id, now=clock.now())
    tally.count("sealed documents: moved to another row or tenant", 2)


def test_a_changed_byte_or_another_key_opens_nothing(
    acme: Site, alice: Visitor, disk: Path, settings: Settings
) -> None:
    document, store = passport(acme), storage.connected()
    kept = store.get(acme.id, document.sealed_as)
    for changed in (kept[:-1] + bytes([kept[-1] ^ 1]), kept[:20], b"\x02" + kept[1:], PASSPORT):
        with tenant_session(acme.id) as session:
            session.execute(update(Document).values(sealed_as=store.put(acme.id, changed)))
        with tenant_session(acme.id) as session, pytest.raises(Damaged):
            documents.open(session, actor=system_of(acme), document_id=document.id, now=clock.now())
    with tenant_session(acme.id) as session:
        session.execute(update(Document).values(sealed_as=store.put(acme.id, kept)))
    storage.connect(store, secret_key="another key of another installation")
    with tenant_session(acme.id) as session, pytest.raises(Damaged):
        documents.open(session, actor=system_of(acme), document_id=document.id, now=clock.now())


def test_what_an_older_version_kept_is_read_and_sealed_by_the_operator(
    acme: Site, alice: Visitor, disk: Path, settings: Settings
) -> None:
    document = kept_plain(acme)
    path = f"/documents/{document.id}"
    assert shows(disk)
    assert alice.get(path).page.data == PASSPORT
    assert f"{acme.slug}: 1 sealed, 1 plain files removed" in seal(settings)
    assert not shows(disk)
    assert alice.get(path).page.data == PASSPORT
    sealed_as = passport(acme).sealed_as
    assert f"{acme.slug}: 0 sealed, 0 plain files removed" in seal(settings)
    assert passport(acme).sealed_as == sealed_as


def test_sealing_takes_nothing_from_a_document_with_the_same_bytes(
    acme: Site, alice: Visitor, disk: Path, settings: Settings
) -> None:
    kept_plain(acme)
    with tenant_session(acme.id) as session:
        other = documents.store(
            session, actor=system_of(acme), name="memo.pdf", content=PASSPORT, purpose="deal", access="public",
            subject_kind="deal", subject_id=acme.id, now=clock.now(),
        )  # fmt: skip
    assert f"{acme.slug}: 1 sealed, 0 plain files removed" in seal(settings)
    with tenant_session(acme.id) as session:
        opened = documents.open(session, actor=system_of(acme), document_id=other.id, now=clock.now())
    assert opened.content == PASSPORT
