"""Which files are taken: a corpus of honest and hostile ones, through the page (facts: docs/security.md)."""

import io
from itertools import pairwise
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.documents.models import Document, DocumentOpening
from app.modules.documents.rules import MAX_BYTES
from tenants.service import Site
from tenants.session import tenant_session
from tests.conftest import found
from tests.functional.accounts import person, signed_in
from tests.functional.files import converted, jpeg, pdf, pdf_stream, pixel_flood, png, png_with_bomb, zipped
from tests.functional.verification import begin, send_identity
from tests.support.http import Visitor

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BOMB = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(f'<!ENTITY {n} "&{p};&{p};">' for p, n in pairwise("abcdef")) + "]>"
NOT_HERE = "Save it as PDF, PNG or JPEG"
MISMATCH = "match the content"
ACTIVE = "active content"
BEHIND = "behind its end"
UNREADABLE = "be read"

REFUSED = {
    "empty": (b"", "empty.pdf", "empty"),
    "one byte too many": (pdf(b"(" + b"x" * (MAX_BYTES + 1 - len(pdf(b"()"))) + b")"), "big.pdf", "larger than 10 MB"),
    "SVG with a script": (SVG, "drawing.svg", NOT_HERE),
    "SVG named PNG": (SVG, "drawing.png", NOT_HERE),
    "SVG with onload": (b'<?xml version="1.0"?>' + SVG.replace(b"<script>", b"<g onload='x'>"), "a.svg", NOT_HERE),
    "XML with external entity": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        "x.png",
        NOT_HERE,
    ),
    "billion laughs": (BOMB.encode(), "x.svg", NOT_HERE),
    "HTML named PNG": (b"<!doctype html><script>alert(1)</script>", "page.png", NOT_HERE),
    "GIF with script": (b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", "a.gif", NOT_HERE),
    "GIF named JPEG": (converted("GIF"), "a.jpg", NOT_HERE),
    "TIFF": (converted("TIFF"), "scan.tiff", NOT_HERE),
    "BMP": (converted("BMP"), "scan.bmp", NOT_HERE),
    "WebP": (converted("WEBP"), "scan.webp", NOT_HERE),
    "ICO": (converted("ICO"), "scan.ico", NOT_HERE),
    "ZIP": (zipped(), "papers.zip", NOT_HERE),
    "ZIP bomb": (zipped(content=b"\0" * 20_000_000), "papers.pdf", NOT_HERE),
    "ZIP slip": (zipped("../../etc/passwd"), "papers.zip", NOT_HERE),
    "DOCX with a macro": (zipped("word/vbaProject.bin"), "letter.docx", NOT_HERE),
    "EICAR": (EICAR, "test.pdf", NOT_HERE),
    "MP4 named JPEG": (b"\0\0\0\x18ftypmp42" + b"\0" * 40, "film.jpg", NOT_HERE),
    "program": (b"\x7fELF" + b"\0" * 60, "tool.pdf", NOT_HERE),
    "PNG named PDF": (png(), "scan.pdf", MISMATCH),
    "PNG named HTML": (png(), "scan.png.html", MISMATCH),
    "JPEG named PNG": (jpeg(), "scan.png", MISMATCH),
    "PDF without extension": (pdf(), "scan", MISMATCH),
    "PDF with JavaScript": (pdf(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"), "a.pdf", ACTIVE),
    "PDF with escaped name": (pdf(b"<< /S /Java#53cript >>"), "a.pdf", ACTIVE),
    "PDF that opens something": (pdf(b"<< /OpenAction 5 0 R >>"), "a.pdf", ACTIVE),
    "PDF that launches": (pdf(b"<< /S /Launch /F (cmd.exe) >>"), "a.pdf", ACTIVE),
    "PDF with a file inside": (pdf(b"<< /Type /EmbeddedFile >>"), "a.pdf", ACTIVE),
    "PDF with page actions": (pdf(b"<< /AA << /O 5 0 R >> >>"), "a.pdf", ACTIVE),
    "PDF with XFA": (pdf(b"<< /XFA 5 0 R >>"), "a.pdf", ACTIVE),
    "PDF hiding it in a stream": (pdf(pdf_stream(b"<< /S /JavaScript >>", b"/Type /ObjStm /N 1")), "a.pdf", ACTIVE),
    "PDF with HTML behind": (pdf(tail=b"<script>alert(1)</script>"), "a.pdf", BEHIND),
    "PDF cut off": (pdf()[:-12], "a.pdf", BEHIND),
    "PDF locked": (pdf(b"<< /Encrypt 9 0 R >>"), "a.pdf", "password"),
    "PDF of too many objects": (pdf(b"4 0 obj 1 endobj\n" * 51_000), "a.pdf", "too complex"),
    "PDF stream bomb": (pdf(pdf_stream(b"\0" * 80_000_000, b"/Type /ObjStm")), "a.pdf", "unpacks"),
    "pixel flood": (pixel_flood(), "flood.png", "pixels"),
    "PNG with a bomb in a comment": (png_with_bomb(), "a.png", UNREADABLE),
    "picture cut off": (jpeg()[:300], "a.jpg", UNREADABLE),
    "PNG of nothing": (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "a.png", UNREADABLE),
}


@pytest.fixture
def alice(app: Platform, acme: Site) -> Visitor:
    person(acme, "alice")
    return begin(signed_in(app, acme, "alice"))


def stored(site: Site) -> list[Document]:
    with tenant_session(site.id) as session:
        return list(session.scalars(select(Document).order_by(Document.created_at, Document.id)))


@pytest.fixture(scope="module")
def sender(app: Platform, database: None) -> tuple[Site, Visitor]:
    """One investor who tries the whole corpus; nothing of it is kept, so nothing carries over."""
    site = found("acme", "Acme Real Assets")
    person(site, "alice")
    return site, begin(signed_in(app, site, "alice"))


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_or_unfit_file_is_refused_with_advice(sender: tuple[Site, Visitor], case: str) -> None:
    site, alice = sender
    content, name, words = REFUSED[case]
    send_identity(alice, content, name)
    assert alice.status == 422
    assert words in alice.text.replace("&#39;", "'").replace("’", "'")
    assert stored(site) == []


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (pdf(), "passport.pdf"),
        (pdf(pdf_stream(b"BT (Hello) Tj ET")), "Passport.PDF"),
        (png(), "passport.png"),
        (jpeg(), "passport.jpeg"),
        (jpeg() + b"<script>alert(1)</script>", "polyglot.jpg"),
        (png() + zipped(), "polyglot.png"),
        (pdf(b"(" + b"x" * (MAX_BYTES - len(pdf(b"()"))) + b")"), "largest.pdf"),
    ],
    ids=["pdf", "pdf with text", "png", "jpeg", "jpeg and html", "png and zip", "limit"],
)
def test_an_honest_file_is_taken(alice: Visitor, acme: Site, content: bytes, name: str) -> None:
    send_identity(alice, content, name)
    assert alice.status == 200, alice.text
    assert len(stored(acme)) == 1


def test_what_a_picture_tells_about_its_maker_is_gone(alice: Visitor, acme: Site) -> None:
    assert b"canary-description" in jpeg()
    assert Image.open(io.BytesIO(jpeg())).getexif().get_ifd(0x8825)
    send_identity(alice, jpeg() + b"<script>behind()</script>", "photo.jpg")
    content = alice.get(f"/documents/{stored(acme)[0].id}").page.data
    assert b"canary" not in content
    assert b"behind" not in content
    assert dict(Image.open(io.BytesIO(content)).getexif()) == {}


def test_a_download_is_an_inert_attachment_and_is_logged(alice: Visitor, acme: Site) -> None:
    send_identity(alice, pdf(), "Reisepaß 1.pdf")
    document = stored(acme)[0]
    answer = alice.get(f"/documents/{document.id}").page
    assert answer.status_code == 200
    assert answer.data == pdf()
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Reisepa_ 1.pdf\"; filename*=UTF-8''Reisepa%C3%9F%201.pdf"
    )
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    with tenant_session(acme.id) as session:
        opening = session.scalars(select(DocumentOpening)).one()
        assert (opening.document_id, opening.opener_id) == (document.id, document.owner_id)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.COMPLIANCE_OFFICER, 200),
        (Role.INVESTOR, 404),
        (Role.ISSUER, 404),
        (Role.TENANT_ADMIN, 404),
    ],
)
def test_only_the_owner_and_officers_open_identity_documents(
    app: Platform, alice: Visitor, acme: Site, role: Role, status: int
) -> None:
    send_identity(alice)
    person(acme, "someone", role)
    someone = signed_in(app, acme, "someone")
    assert someone.get(f"/documents/{stored(acme)[0].id}").status == status


def test_a_document_of_another_tenant_answers_as_one_that_never_was(
    app: Platform, alice: Visitor, acme: Site, zeta: Site
) -> None:
    send_identity(alice)
    person(zeta, "mallory", Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN)
    mallory = signed_in(app, zeta, "mallory")
    foreign = mallory.get(f"/documents/{stored(acme)[0].id}").page
    absent = mallory.get(f"/documents/{UUID(int=7)}").page
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert len(foreign.data) == len(absent.data)
    visitor = Visitor(app, acme.host).get(f"/documents/{stored(acme)[0].id}")
    assert visitor.status == 404
