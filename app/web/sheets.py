"""A tenant's own style sheet: its choices as custom properties, its accents solved, its fonts named."""

import hashlib
from collections.abc import Callable
from functools import lru_cache

from app.web import colours
from app.web.fonts import FALLBACK, FONTS, Font
from tenants.settings import BrandingChoices

FontUrl = Callable[[str], str]


@lru_cache(maxsize=1024)
def sheet(branding: BrandingChoices, font_url: FontUrl) -> str:
    """Return the sheet; `font_url` turns a static name into its address."""
    solved = colours.solve(branding.brand, branding.tint, branding.chroma)
    body = FONTS[branding.font_body]
    head = FONTS[branding.font_head] if branding.font_head else body
    faces = "".join(font.faces(font_url) for font in dict.fromkeys((body, head)))
    if "arabic" not in body.subsets:
        # People have Arabic names on sites in Latin script too; readers load the file only when a letter needs it.
        faces += FALLBACK.faces(font_url, only="arabic")
    (accent, accent_dark), (on, on_dark) = solved.accent, solved.on_accent
    tokens = {
        "brand": branding.brand,
        "accent": _both(accent, accent_dark),
        "on-accent": _both(on, on_dark),
        "deep": colours.to_hex(solved.deep),
        "tint": str(branding.tint),
        "chroma": _number(branding.chroma),
        "size": _number(branding.size),
        "scale": _number(branding.scale),
        "radius": f"{branding.radius}px" if branding.radius else "0px",
        "font-body": _stack(body),
    }
    if body.lift:
        tokens["lift"] = body.lift
    if head is not body:
        tokens["font-head"] = _stack(head)
    rules = ";".join(f"--{name}:{value}" for name, value in tokens.items())
    return f"{faces}@layer tenant{{:root{{{rules}}}}}\n"


@lru_cache(maxsize=1024)
def version(branding: BrandingChoices, font_url: FontUrl) -> str:
    """Return the short hash that names a version of the sheet."""
    return hashlib.sha256(sheet(branding, font_url).encode()).hexdigest()[:10]


def text_font(branding: BrandingChoices) -> str:
    """Return the static name of the file worth preloading, or an empty string for the reader's own font."""
    font = FONTS[branding.font_body]
    return f"fonts/{font.file(font.subsets[0])}" if font.package else ""


def _stack(font: Font) -> str:
    return font.stack if "arabic" in font.subsets else f'"{font.family}","{FALLBACK.family}",{font.generic}'


def _both(light: colours.Rgb, dark: colours.Rgb) -> str:
    return f"light-dark({colours.to_hex(light)},{colours.to_hex(dark)})"


def _number(value: float) -> str:
    return f"{value:g}".removeprefix("0") if 0 < value < 1 else f"{value:g}"
