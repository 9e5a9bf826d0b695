"""Files that people send, honest and not, made here: nothing binary stands in the repository."""

import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image


@cache
def jpeg(width: int = 320, height: int = 200) -> bytes:
    """A picture with the place it was taken at in its metadata."""
    picture, written = Image.new("RGB", (width, height), (35, 72, 90)), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "canary-description"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 19.0, 45.0), 3: "E", 4: (18.0, 4.0, 7.0)})
    picture.save(written, "JPEG", exif=exif)
    return written.getvalue()


@cache
def png(width: int = 320, height: int = 200) -> bytes:
    """A picture with a comment."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (35, 72, 90)).save(written, "PNG")
    return written.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def pixel_flood(side: int = 30_000) -> bytes:
    """A small PNG that says it is enormous."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def png_with_bomb() -> bytes:
    """A PNG with a comment that unpacks to 64 MB."""
    whole = png()
    text = b"Comment\0\1\0\0\0" + zlib.compress(b"A" * 64 * 1024 * 1024, 9)
    return whole[:33] + png_chunk(b"iTXt", text) + whole[33:]


def pdf(*objects: bytes, tail: bytes = b"") -> bytes:
    """A PDF of one page; `objects` are added as they are."""
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    body += b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    body += b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>\nendobj\n"
    for number, content in enumerate(objects, 4):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    return body + b"trailer\n<< /Root 1 0 R /Size 9 >>\nstartxref\n9\n%%EOF\n" + tail


def pdf_stream(content: bytes, dictionary: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(packed), packed)


def zipped(name: str = "a.txt", content: bytes = b"text") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


def converted(kind: str) -> bytes:
    """The picture in a format that isn't accepted."""
    written = io.BytesIO()
    Image.new("RGB", (64, 64), (35, 72, 90)).save(written, kind)
    return written.getvalue()
