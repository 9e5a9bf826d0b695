"""What files are taken, under which name, and who may open them. Pure: bytes in, bytes out.

What a file is, is read from its bytes; its name and what the browser says about it are only compared with that.
"""

import io
import re
import unicodedata
import warnings
import zlib
from dataclasses import dataclass
from enum import StrEnum

import puremagic
from flask_babel import lazy_gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from app.core.permissions import Role
from app.modules.documents.errors import UploadRefused

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000
NAME_LENGTH = 120
SEALED = frozenset({"kyc"})  # purposes whose files are sealed in the store

PDF, PNG, JPEG, SVG = "application/pdf", "image/png", "image/jpeg", "image/svg+xml"
EXTENSIONS = {PDF: ("pdf",), PNG: ("png",), JPEG: ("jpg", "jpeg"), SVG: ("svg",)}
ACCEPT = ".pdf,.png,.jpg,.jpeg"


class Access(StrEnum):
    """Who may open a document, from everybody to its owner and the officers."""

    PUBLIC = "public"
    REGISTERED = "registered"
    VERIFIED = "verified"
    INVESTED = "invested"
    PRIVATE = "private"


class Entitlement(StrEnum):
    """A fact about the person that the caller has checked."""

    VERIFIED = "verified"
    INVESTED = "invested"


@dataclass(frozen=True)
class Accepted:
    """A file that passed: its safe name, its real type, and the bytes to keep."""

    name: str
    media_type: str
    content: bytes


def may_open(
    access: Access,
    *,
    purpose: str,
    is_person: bool,
    is_owner: bool,
    roles: frozenset[Role],
    entitlements: frozenset[Entitlement],
) -> bool:
    """Tell whether somebody may open a document. What isn't allowed here is denied.

    Identity documents are for their owner and compliance officers alone, whatever their level says.
    """
    if purpose == "kyc":
        return is_person and (is_owner or Role.COMPLIANCE_OFFICER in roles)
    if access is Access.PUBLIC:
        return True
    if not is_person:
        return False
    if is_owner or access is Access.REGISTERED or roles & {Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN}:
        return True
    if access is Access.VERIFIED:
        return bool(entitlements)  # who invested was let in by the same or a stricter rule
    return access is Access.INVESTED and Entitlement.INVESTED in entitlements


def may_open_withdrawn(purpose: str, *, is_owner: bool, entitlements: frozenset[Entitlement]) -> bool:
    """Tell whether a withdrawn document can still be opened: investors keep what they once agreed to."""
    return purpose != "kyc" and (is_owner or Entitlement.INVESTED in entitlements)


def accept(name: str, content: bytes, *, drawings: bool = False) -> Accepted:
    """Check a file and return what to keep of it. `drawings` lets SVG pass, which only the system may store.

    Raises UploadRefused with a sentence that says what to do.
    """
    if not content:
        raise UploadRefused(_("This file is empty. Choose the file again, or save it once more before you send it."))
    if len(content) > MAX_BYTES:
        raise UploadRefused(_("This file is larger than 10 MB. Save it with a lower resolution or fewer pages."))
    safe = normalised(name)
    media_type = sniffed(content, drawings=drawings)
    if safe.rpartition(".")[2].lower() not in EXTENSIONS[media_type]:
        expected = EXTENSIONS[media_type][0]
        raise UploadRefused(
            _(
                "The name doesn't match the content, which is %(kind)s. Save it as .%(extension)s and send it again.",
                kind=expected.upper(),
                extension=expected,
            )
        )
    if media_type == PDF:
        _inspect_pdf(content)
    elif media_type in (PNG, JPEG):
        content = _drawn_again(content, media_type)
    return Accepted(safe, media_type, content)


def normalised(name: str) -> str:
    """Return a name without folders, control or direction characters, of bounded length; `file.bin` if none is left."""
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    text = "".join(mark for mark in text if unicodedata.category(mark)[0] != "C" and mark not in '<>:"|?*%;')
    stem, dot, extension = " ".join(text.split()).strip(". ").rpartition(".")
    if not dot:
        stem, extension = extension, "bin"
    stem = re.sub(r"\.+", "-", stem).strip("-. ")[: NAME_LENGTH - 6]
    if not stem or re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)", stem):
        stem = f"file-{stem}".rstrip("-") if stem else "file"
    return f"{stem}.{re.sub(r'[^A-Za-z0-9]', '', extension)[:5].lower() or 'bin'}"


def sniffed(content: bytes, *, drawings: bool) -> str:
    """Return the media type that the bytes are. Raises UploadRefused for what isn't on the list."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if drawings and re.match(rb"\s*(<\?xml[^>]*>\s*)?<svg[\s>]", content):
        return SVG
    kind = _guess(content)
    if not kind:
        raise UploadRefused(_("This kind of file isn't accepted here. Save it as PDF, PNG or JPEG and send it again."))
    raise UploadRefused(_("%(kind)s isn't accepted here. Save it as PDF, PNG or JPEG and send it again.", kind=kind))


def _guess(content: bytes) -> str:
    """Name the kind of a refused file, for the sentence alone; empty if nobody knows it."""
    try:
        found = puremagic.from_string(content[:4096])
    except (puremagic.PureError, ValueError):
        return ""
    return str(found).lstrip(".").upper()


_ACTIVE = ("JavaScript", "JS", "Launch", "EmbeddedFile", "EmbeddedFiles", "OpenAction", "AA", "RichMedia", "XFA")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_STREAMS, _UNPACKED = 20_000, 60 * 1024 * 1024  # more than any honest document of this size has


def _inspect_pdf(content: bytes) -> None:
    """Refuse a PDF that is cut off, locked, a bomb, carries something behind its end, or acts when it is opened."""
    tail = content.rstrip()[-1024:]
    end = tail.rfind(b"%%EOF")
    if end < 0 or tail[end + 5 :].strip():
        raise UploadRefused(
            _("This PDF is damaged or has something behind its end. Export it again and send that file.")
        )
    if content.count(b" obj") > 50_000:
        raise UploadRefused(_("This PDF is too complex. Print it into a new PDF and send that one."))
    if _mentions(content, (b"Encrypt",)):
        raise UploadRefused(_("This PDF is locked with a password. Save a copy without one and send that."))
    active = tuple(name.encode() for name in _ACTIVE)
    if _mentions(content, active) or any(_mentions(part, active) for part in _unpacked(content)):
        raise UploadRefused(_("This PDF contains active content. Print it into a new PDF and send that one."))


def _mentions(content: bytes, names: tuple[bytes, ...]) -> bool:
    """Tell whether a PDF name occurs, also when it is written with #xx escapes."""
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    return re.search(rb"/(?:" + b"|".join(names) + rb")(?![A-Za-z0-9])", plain) is not None


def _unpacked(content: bytes) -> list[bytes]:
    """Return the inflated object streams: names can hide in them. Raises UploadRefused for a bomb."""
    found, total = [], 0
    for number, match in enumerate(_STREAM.finditer(content)):
        if number >= _STREAMS:
            raise UploadRefused(_("This PDF is too complex. Print it into a new PDF and send that one."))
        header = content[max(0, match.start() - 400) : match.start()]
        inflate = zlib.decompressobj()
        try:
            part = inflate.decompress(match[1], _UNPACKED - total + 1)
        except zlib.error:
            continue
        total += len(part)
        if total > _UNPACKED:
            raise UploadRefused(
                "This PDF unpacks to far more than it seems. Print it into a new PDF and send that one."
            )
        if b"ObjStm" in header.rpartition(b" obj")[2]:
            found.append(part)
    return found


def _drawn_again(content: bytes, media_type: str) -> bytes:
    """Return the picture written anew: upright, without metadata, without anything that isn't picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["PNG" if media_type == PNG else "JPEG"]) as picture:
                if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
                    raise Image.DecompressionBombError
                picture.load()
                return _encoded(ImageOps.exif_transpose(picture), media_type)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UploadRefused(
            _("This picture has too many pixels. Send it in a size of at most 40 megapixels.")
        ) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise UploadRefused(_("This picture can't be read. Open it, save it again and send the new file.")) from None


def _encoded(picture: Image.Image, media_type: str) -> bytes:
    written = io.BytesIO()
    if media_type == PNG:
        plain = picture if picture.mode in ("L", "RGB", "RGBA", "1", "LA") else picture.convert("RGBA")
        plain.info.clear()
        plain.save(written, "PNG")
    else:
        picture.convert("RGB").save(written, "JPEG", quality=88, exif=b"")
    return written.getvalue()
