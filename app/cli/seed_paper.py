"""A small PDF writer for the demonstration's documents: text on A4 pages in a base font, nothing active."""

from collections.abc import Sequence

LINES_A_PAGE = 44


def paper(lines: Sequence[str]) -> bytes:
    """Return the lines as a PDF 1.4 of A4 pages; the first line is the title. Letters outside Latin-1 become `?`."""
    pages = [lines[at : at + LINES_A_PAGE] for at in range(0, max(1, len(lines)), LINES_A_PAGE)]
    objects: list[bytes] = [b"", b""]
    fonts = "/F1 << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>"
    fonts += " /F2 << /Type /Font /Subtype /Type1 /BaseFont /Times-Bold /Encoding /WinAnsiEncoding >>"
    kids = []
    for number, page in enumerate(pages):
        content = _text(page, first=number == 0)
        objects.append(f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")
        stream = len(objects)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {stream} 0 R "
            f"/Resources << /Font << {fonts} >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return _file(objects)


def _text(lines: Sequence[str], *, first: bool) -> bytes:
    parts = [b"BT 64 770 Td 17 TL"]
    for number, line in enumerate(lines):
        style = b"/F2 16 Tf" if first and number == 0 else b"/F1 11 Tf"
        shown = line.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        parts.append(style + b" (" + shown + b") Tj T*")
    return b"\n".join([*parts, b"ET"])


def _file(objects: Sequence[bytes]) -> bytes:
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    table += "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + (table + trailer).encode()
